package btftree

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// Request is what a tree is made for.
type Request struct {
	// Text is the C text.
	Text string
	// Cflags are the compiler's further arguments.
	Cflags []string
	// Formats are the tracepoint formats that the text needs.
	Formats []string
	// More are further names to provide, such as those that a first compile
	// found missing.
	More []string
	// Version is the kernel's, as LINUX_VERSION_CODE has it.
	Version uint32
	// Config is the kernel's configuration; nil if it is not known.
	Config Config
}

// Header is the text of include/linux/kconfig.h, and what is worth knowing of
// how it came about.
type Header struct {
	Text string
	// Unknown are the CONFIG_ names that the text asks for and nothing knows,
	// for want of the kernel's configuration.
	Unknown []string
	// Ambiguous are enumerators that several enums have with different values;
	// the first one's was taken.
	Ambiguous []string
	// Types counts the types written out.
	Types int
}

// Generate makes the header. Errors are *BTFError, or tell which type cannot be
// written.
func Generate(k *Kernel, r *Request) (*Header, error) {
	g := &generator{kernel: k, req: r, own: definedBy(r.Text), declared: declaredBy(r.Text), wanted: newNames(), chunks: make(map[int]bool)}
	g.gather()
	if err := g.modules(); err != nil {
		return nil, err
	}
	if err := g.types(); err != nil {
		return nil, err
	}
	helpers, err := missingHelpers(k)
	if err != nil {
		return nil, err
	}
	g.helpers = helpers
	return g.header(), nil
}

// generator holds the state of one Generate.
type generator struct {
	kernel *Kernel
	req    *Request
	own    *defined
	// declared are the text's own members and variables.
	declared map[string]bool
	wanted   *names
	chunks   map[int]bool
	// helpers defines functions for programs that the kernel lacks.
	helpers string
	emit    *emitter
	// enums have the wanted enumerators.
	enums  map[string][]*btf.Enum
	result Header
}

// gather collects the names that are needed, and the chunks of the shims that
// define some of them, until these need no further ones.
func (g *generator) gather() {
	texts := append([]string{g.req.Text, compilerNames}, g.req.Formats...)
	texts = append(texts, g.req.More...)
	for _, flag := range g.req.Cflags {
		texts = append(texts, strings.TrimPrefix(flag, "-D"))
		// A text may have struct NAME, with -DNAME=tag.
		if _, value, _ := strings.Cut(flag, "="); identifier(value) == nil {
			g.wanted.tags[value] = true
		}
	}
	for len(texts) > 0 {
		var fresh []string
		for _, text := range texts {
			fresh = append(fresh, g.wanted.add(text)...)
			fresh = append(fresh, pasted(text)...)
		}
		texts = g.choose(fresh)
	}
}

// minPasted is the shortest begin of a name that others are looked for with: a
// macro's parameter stands before ## more often.
const minPasted = 4

// pasted are the names of the shims that a text may make of pieces: those that
// begin with what stands before ##.
func pasted(text string) []string {
	var list []string
	parts := strings.Split(text, "##")
	for _, part := range parts[:len(parts)-1] {
		begin := lastWord(part)
		if len(begin) < minPasted {
			continue
		}
		for name := range loadShims().byName {
			if strings.HasPrefix(name, begin) {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return list
}

// lastWord is the identifier at a text's end.
func lastWord(text string) string {
	text = strings.TrimRight(text, " \t")
	start := strings.LastIndexFunc(text, func(c rune) bool { return identifier(string(c)) != nil && (c < '0' || c > '9') })
	return text[start+1:]
}

// choose takes the chunks for names and returns their texts.
func (g *generator) choose(fresh []string) []string {
	var texts []string
	for _, name := range fresh {
		if g.own.ordinary[name] {
			continue
		}
		for _, i := range loadShims().byName[name] {
			c := loadShims().chunks[i]
			if g.chunks[i] || c.plain && g.declared[name] {
				continue
			}
			g.chunks[i] = true
			texts = append(texts, c.text+" "+c.bit)
		}
	}
	return texts
}

// modules takes in the types of modules that have what the kernel proper lacks:
// structs and the like, and names that look like a type's.
func (g *generator) modules() error {
	var missing []string
	compilers := newNames()
	compilers.add(compilerNames)
	for _, name := range g.wanted.order {
		if compilers.all[name] {
			continue // which no module has
		}
		if !g.wanted.tags[name] && !strings.HasSuffix(name, "_t") || g.own.tags[name] || g.own.ordinary[name] {
			continue
		}
		list, err := g.kernel.types(name)
		if err != nil {
			return err
		}
		if len(list) == 0 && len(loadShims().byName[name]) == 0 {
			missing = append(missing, name)
		}
	}
	return g.kernel.takeModules(missing)
}

// types writes the types that have a wanted name, in the order in which the
// names came up.
func (g *generator) types() error {
	g.reserveShims()
	g.emit = newEmitter(g.wanted.all, g.own)
	var err error
	if g.enums, err = g.kernel.enums(g.wanted.all); err != nil {
		return err
	}
	for _, name := range g.wanted.order {
		if err := g.named(name); err != nil {
			return err
		}
	}
	return nil
}

// reserveShims keeps types and enumerators from taking the names of what the
// chosen chunks define by other means than macros.
func (g *generator) reserveShims() {
	for i := range g.chunks {
		d := loadShims().chunks[i].code
		if d == nil {
			continue
		}
		maps.Copy(g.own.ordinary, d.ordinary)
		maps.Copy(g.own.tags, d.tags)
	}
}

// named writes what a name stands for: a struct, union or enum if it follows
// one of these words, a typedef, an enumerator.
func (g *generator) named(name string) error {
	list, err := g.kernel.types(name)
	if err != nil {
		return err
	}
	if g.wanted.tags[name] && !g.own.tags[name] {
		if t := first(list, isTagged); t != nil {
			if err := g.emit.root(t); err != nil {
				return err
			}
		}
	}
	if g.own.ordinary[name] {
		return nil
	}
	if t := first(list, isTypedef); t != nil {
		return g.emit.root(t)
	}
	enums := g.enums[name]
	if len(enums) == 0 {
		return nil
	}
	if differ(name, enums) {
		g.result.Ambiguous = append(g.result.Ambiguous, name)
	}
	return g.emit.root(enums[0])
}

func first(list []btf.Type, ok func(btf.Type) bool) btf.Type {
	if i := slices.IndexFunc(list, ok); i >= 0 {
		return list[i]
	}
	return nil
}

func isTagged(t btf.Type) bool {
	switch t.(type) {
	case *btf.Struct, *btf.Union, *btf.Enum:
		return true
	}
	return false
}

func isTypedef(t btf.Type) bool {
	_, ok := t.(*btf.Typedef)
	return ok
}

// differ tells whether enums disagree about an enumerator's value.
func differ(name string, enums []*btf.Enum) bool {
	values := make(map[uint64]bool)
	for _, e := range enums {
		for _, v := range e.Values {
			if v.Name == name {
				values[v.Value] = true
			}
		}
	}
	return len(values) > 1
}

// header puts the parts together.
func (g *generator) header() *Header {
	var b strings.Builder
	b.WriteString("/* Made from the kernel's BTF for one text. */\n#pragma once\n")
	macros := macroNames(g.req.Cflags)
	for _, name := range macros {
		fmt.Fprintf(&b, "#pragma push_macro(%q)\n#undef %s\n", name, name)
	}
	g.constants(&b)
	b.WriteString(forwardStructs() + g.emit.out.String() + g.helpers)
	for i, c := range loadShims().chunks {
		if g.chunks[i] {
			b.WriteString(g.shim(&c))
		}
	}
	for _, name := range macros {
		fmt.Fprintf(&b, "#pragma pop_macro(%q)\n", name)
	}
	g.result.Text = b.String()
	g.result.Types = len(g.emit.written)
	return &g.result
}

// shim is a chunk as this kernel has it, with the enumerators that it has in its place.
func (g *generator) shim(c *chunk) string {
	switch {
	case c.yields && len(g.enums[c.names[0]]) > 0:
		return ""
	case c.bit != "" && len(g.enums[c.bit]) > 0:
		return c.byBit + "\n"
	}
	return c.text + "\n"
}

// macroNames are the names of -DNAME among compiler arguments: the kernel's
// types must not be changed by them.
func macroNames(cflags []string) []string {
	var list []string
	for _, def := range flagValues(cflags, "-D") {
		name, _, _ := strings.Cut(def, "=")
		name, _, _ = strings.Cut(name, "(")
		if identifier(name) == nil {
			list = append(list, name)
		}
	}
	return list
}

// constants writes what the kernel's build defines: its version and the options
// of its configuration that occur.
func (g *generator) constants(b *strings.Builder) {
	b.WriteString("#define _UAPI__LINUX_BPF_H__\n") // keeps libbcc's own copy out
	fmt.Fprintf(b, "#define LINUX_VERSION_CODE %d\n", g.req.Version)
	b.WriteString("#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n")
	for _, name := range g.wanted.order {
		if !strings.HasPrefix(name, configPrefix) {
			continue
		}
		config := g.req.Config
		if config == nil {
			if config = certain; config[name] == "" && strings.Contains(g.req.Text, name) {
				g.result.Unknown = append(g.result.Unknown, name)
			}
		}
		b.WriteString(config.define(name))
	}
}
