package ctypes

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Fitting selects the types of a buffer's events that a Go type fits. Where it
// fits none the error is about the first.
func Fitting(types []*layout.Type, g *layout.GoType, buffer string) ([]*layout.Type, error) {
	err := fmt.Errorf("the program does not show what it sends: no call of %s.perf_submit or "+
		"%s.ringbuf_submit is given a pointer to a struct; use RawStream", buffer, buffer)
	var fit []*layout.Type
	for i, c := range types {
		bad := layout.CheckGo(c, g)
		if bad == nil {
			fit = append(fit, c)
		} else if i == 0 {
			err = bad
		}
	}
	if fit == nil {
		return nil, err
	}
	return fit, nil
}

// CheckEntry compares a Go type with the type of a table's keys or values, which
// is nil if it is not known, but for its size in bytes.
func CheckEntry(c *layout.Type, size uint32, g *layout.GoType) error {
	if c == nil {
		return fmt.Errorf("its C type (%d bytes) is not known", size)
	}
	return layout.CheckGo(c, g)
}
