package btftree

import (
	_ "embed"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// headerNames are the kernel's headers whose macros and inline functions the
// shim headers have as far as programs have needed them, one a line.
//
//go:embed headers.txt
var headerNames string

// UnknownHeaders are those of a text's headers that the shim headers know
// nothing of. Their types are there all the same.
func UnknownHeaders(includes []string) []string {
	known := set(headerNames)
	var list []string
	for _, name := range includes {
		if !known[name] {
			list = append(list, name)
		}
	}
	return list
}

// Nearest returns at most n names of types and enumerators that are most like
// one.
func (k *Kernel) Nearest(name string, n int) []string {
	return nearest.Of(name, k.parts[0].raw.names(), n)
}

// Has tells whether the kernel's types have a type or an enumerator of a name.
func (k *Kernel) Has(name string) bool {
	for other := range k.parts[0].raw.names() {
		if other == name {
			return true
		}
	}
	return false
}

// Constant is the value of an enumerator, if all enums that have it agree.
func (k *Kernel) Constant(name string) (value int64, ok bool) {
	all, err := k.enums(map[string]bool{name: true})
	if err != nil {
		return 0, false
	}
	for _, e := range all[name] {
		for _, v := range e.Values {
			if v.Name != name {
				continue
			}
			if ok && int64(v.Value) != value {
				return 0, false
			}
			value, ok = int64(v.Value), true
		}
	}
	return value, ok
}
