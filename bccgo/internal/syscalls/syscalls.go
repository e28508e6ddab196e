// Package syscalls knows the numbers of system calls and their names.
//
// The tables are made from golang.org/x/sys/unix, which makes its own from the
// kernel's headers.
package syscalls

import (
	"iter"
	"sync"
)

//go:generate go run ./generate

// Name returns the name of a system call of this machine, "" if there is none.
func Name(number int) string {
	if number < 0 || number >= len(names) {
		return ""
	}
	return names[number]
}

// Number returns the number of a system call of this machine.
func Number(name string) (number int, ok bool) {
	number, ok = numbers()[name]
	return number, ok
}

var numbers = sync.OnceValue(func() map[string]int {
	all := make(map[string]int, len(names))
	for number, name := range All() {
		all[name] = number
	}
	return all
})

// All lists the system calls in the order of their numbers.
func All() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for number, name := range names {
			if name != "" && !yield(number, name) {
				return
			}
		}
	}
}
