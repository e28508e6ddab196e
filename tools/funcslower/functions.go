package main

import (
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/follow"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// functions are those that the arguments mean, one after the other.
type functions struct {
	texts []string
	set   probespec.Set
	all   []found
}

// found is what one argument means.
type found struct {
	spec *probespec.Spec
	*probespec.Places
}

// findFunctions reads the arguments.
func findFunctions(texts []string, pid int) (*functions, error) {
	f := &functions{texts: texts}
	for _, text := range texts {
		spec, err := probespec.Syntax{Kinds: "p", NoOffset: true}.Parse(text)
		if err != nil {
			return nil, err
		}
		places, err := f.set.Find(spec, pid)
		if err != nil {
			return nil, err
		}
		f.all = append(f.all, found{spec, places})
	}
	return f, nil
}

// kinds tells whether there are functions of user space and of the kernel.
func (f *functions) kinds() (user, kernel bool) {
	for _, one := range f.all {
		kernel = kernel || one.InKernel()
		user = user || !one.InKernel()
	}
	return user, kernel
}

// text is the C text for the places.
func (f *functions) text() string {
	var b strings.Builder
	for i, one := range f.all {
		b.WriteString(follow.Functions(one.Places, i))
	}
	return b.String()
}

// attach begins to follow calls, and shows those that begin when all functions
// are probed.
func (f *functions) attach(s *toolkit.Session, m *bccgo.Module, c config) error {
	if err := toolkit.Configure(m, c); err != nil {
		return err
	}
	for _, one := range f.all {
		attached, err := one.Attach(m)
		if err != nil {
			return err
		}
		attached.Note(s)
		if _, err := one.AttachReturns(m); err != nil {
			return err
		}
	}
	c.Since = bccgo.MonotonicTime()
	return toolkit.Configure(m, c)
}

// name is how a function is shown that was called at a place, and whether it is
// one of the kernel's.
func (f *functions) name(place uint64) (name string, kernel bool) {
	index, number, ok := follow.Place(place)
	if !ok {
		return f.kernelName(number), true
	}
	one := f.all[index]
	if one.InKernel() {
		return one.Name(number), true
	}
	return one.spec.Library + ":" + one.Name(number), false
}

// kernelName is the function at an address, which one of the patterns matched.
func (f *functions) kernelName(address uint64) string {
	for _, one := range f.all {
		if one.InKernel() && one.spec.IsPattern() {
			return one.Name(address)
		}
	}
	return bccgo.KSym(address, nil)
}
