package btftree

import (
	"fmt"
	"strings"
	"sync"

	"github.com/cilium/ebpf/btf"
)

// assigner gives types and enumerators names that do not clash with each other
// or with those that the text defines.
type assigner struct {
	given    map[btf.Type]string
	tags     map[string]bool
	ordinary map[string]bool
	forwards map[string]bool
	unnamed  int
}

func newAssigner(own *defined) *assigner {
	a := &assigner{given: make(map[btf.Type]string), tags: make(map[string]bool),
		ordinary: make(map[string]bool), forwards: make(map[string]bool)}
	a.ordinary["__builtin_va_list"] = true // the compiler's
	for name := range own.tags {
		a.tags[name] = true
	}
	for name := range own.ordinary {
		a.ordinary[name] = true
	}
	return a
}

// of returns a type's name: its own where that is free, else with a number.
func (a *assigner) of(t btf.Type) (string, error) {
	if name, ok := a.given[t]; ok {
		return name, nil
	}
	name := t.TypeName()
	if name == "" {
		a.unnamed++
		name = fmt.Sprintf("__bccgo_enum%d", a.unnamed)
	}
	if err := identifier(name); err != nil {
		return "", err
	}
	space := a.tags
	if _, ok := t.(*btf.Typedef); ok {
		space = a.ordinary
	}
	a.given[t] = take(space, name)
	return a.given[t], nil
}

func (a *assigner) enumerator(name string) string { return take(a.ordinary, name) }

// take marks a name as used, or one made from it if it is used already.
func take(space map[string]bool, name string) string {
	free := name
	for n := 2; space[free] || cKeywords()[free]; n++ {
		free = fmt.Sprintf("%s___%d", name, n)
	}
	space[free] = true
	return free
}

// forward writes a declaration without members, once.
func (a *assigner) forward(out *strings.Builder, word, name string) error {
	if err := identifier(name); err != nil {
		return err
	}
	if line := word + " " + name; !a.forwards[line] {
		a.forwards[line] = true
		fmt.Fprintf(out, "%s;\n", line)
	}
	return nil
}

// memberName is a member's name as C can have it: kernels in other languages
// have members with the names of C's keywords.
func memberName(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if cKeywords()[name] {
		name += "_"
	}
	return name, identifier(name)
}

var cKeywords = lazySet(`asm auto break case char const continue default do double else enum extern
	float for goto if inline int long register restrict return short signed sizeof static struct
	switch typedef typeof union unsigned void volatile while _Alignas _Alignof _Atomic _Bool
	_Complex _Float16 _Generic _Imaginary _Noreturn _Static_assert _Thread_local`)

// lazySet makes a set at its first use: most programs compile nothing.
func lazySet(words string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool { return set(words) })
}

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, word := range strings.Fields(words) {
		m[word] = true
	}
	return m
}
