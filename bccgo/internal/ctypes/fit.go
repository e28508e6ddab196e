package ctypes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Fitting selects the types of a buffer's events that a Go type fits. Where it
// fits none the error is about the one that comes nearest, by its name or else by
// its size, and lists the others.
func Fitting(types []*layout.Type, g *layout.GoType, buffer string) ([]*layout.Type, error) {
	if len(types) == 0 {
		return nil, fmt.Errorf("the program does not show what it sends: no call of %s.perf_submit or "+
			"%s.ringbuf_submit is given a pointer to a struct; use RawStream", buffer, buffer)
	}
	var fit []*layout.Type
	for _, c := range types {
		if layout.CheckGo(c, g) == nil {
			fit = append(fit, c)
		}
	}
	if fit != nil {
		return fit, nil
	}
	near := nearest(types, g)
	err := layout.CheckGo(near, g)
	if others := headings(types, near); others != "" {
		err = fmt.Errorf("%w\nit fits none of the others that are sent either: %s", err, others)
	}
	return nil, err
}

// nearest is the type that a Go type was likely meant for.
func nearest(types []*layout.Type, g *layout.GoType) *layout.Type {
	for _, alike := range []func(*layout.Type) bool{
		func(c *layout.Type) bool { return g.Name != "" && strings.EqualFold(c.GoName(), g.Name) },
		func(c *layout.Type) bool { return c.Size == g.Size },
	} {
		if i := slices.IndexFunc(types, alike); i >= 0 {
			return types[i]
		}
	}
	return types[0]
}

// headings lists types but for one, each once.
func headings(types []*layout.Type, but *layout.Type) string {
	var list []string
	for _, c := range types {
		if text := c.Heading(); text != but.Heading() && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, "; ")
}

// CheckEntry compares a Go type with the type of a table's keys or values, which
// is nil if it is not known, but for its size in bytes.
func CheckEntry(c *layout.Type, size uint32, g *layout.GoType) error {
	if c == nil {
		return fmt.Errorf("its C type (%d bytes) is not known", size)
	}
	return layout.CheckGo(c, g)
}
