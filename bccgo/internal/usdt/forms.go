package usdt

import (
	"debug/elf"
	"slices"
	"strings"
)

// Forms are the different ways in which the arguments of all the locations that
// one BPF function is attached to have to be read. They are numbered from 0, in
// an order that depends on nothing but themselves.
type Forms struct {
	machine elf.Machine
	read    string
	list    []form
}

// form is one of them: for each argument the statements that read it, joined;
// "" for one that cannot be read.
type form []string

func (f form) key() string { return strings.Join(f, "\x00") }

// NewForms finds the forms of locations, given their lists of arguments. The
// kernel that the BPF function is for has a helper called read to read user
// memory.
func NewForms(machine elf.Machine, read string, locations [][]Argument) *Forms {
	f := &Forms{machine: machine, read: read}
	seen := make(map[string]bool)
	for _, arguments := range locations {
		one := f.form(arguments)
		if key := one.key(); !seen[key] {
			seen[key] = true
			f.list = append(f.list, one)
		}
	}
	slices.SortFunc(f.list, func(a, b form) int { return strings.Compare(a.key(), b.key()) })
	return f
}

func (f *Forms) form(arguments []Argument) form {
	one := make(form, len(arguments))
	for i := range arguments {
		if a := &arguments[i]; a.Err == nil {
			one[i] = strings.Join(a.statements(f.machine, f.read), "\n")
		}
	}
	return one
}

// Len is how many forms there are.
func (f *Forms) Len() int { return len(f.list) }

// Of is the number of the form of a location with these arguments, -1 for one
// that was not among those given.
func (f *Forms) Of(arguments []Argument) int {
	key := f.form(arguments).key()
	at, found := slices.BinarySearchFunc(f.list, key, func(one form, key string) int { return strings.Compare(one.key(), key) })
	if !found {
		return -1
	}
	return at
}

// arguments is how many the form with the most has.
func (f *Forms) arguments() int {
	n := 0
	for _, one := range f.list {
		n = max(n, len(one))
	}
	return n
}

// Readable reports whether an argument, counted from 1, can be read at one
// location at least.
func (f *Forms) Readable(argument int) bool {
	return slices.ContainsFunc(f.list, func(one form) bool { return one.statements(argument) != "" })
}

// statements are those for an argument, counted from 1.
func (f form) statements(argument int) string {
	if argument < 1 || argument > len(f) {
		return ""
	}
	return f[argument-1]
}
