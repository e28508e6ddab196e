package probe

import (
	"bufio"
	"bytes"
	"fmt"
	"iter"
)

// Ksym is one line of /proc/kallsyms. Name and Module are only valid until
// the next one is read; copy what is kept.
type Ksym struct {
	Addr   uint64 // 0 where kernel.kptr_restrict hides it
	Type   byte   // as nm(1) prints it: 'T', 't', 'D', …
	Name   []byte
	Module []byte // empty for the kernel itself
}

// IsFunction reports whether the symbol is in a text section.
func (s Ksym) IsFunction() bool {
	return s.Type == 'T' || s.Type == 't' || s.Type == 'W' || s.Type == 'w'
}

// function copies the symbol.
func (s Ksym) function() *Function {
	return &Function{Name: string(s.Name), Module: string(s.Module), Addr: s.Addr}
}

// kallsyms lists every symbol of the kernel and its modules.
const kallsyms = "/proc/kallsyms"

// Ksyms streams the kernel's symbols in the order of the file, without
// keeping them. An error, of reading or of a line that makes no sense, ends
// the stream. The kernel takes some 40 ms to write the whole list.
func (k *Kernel) Ksyms() iter.Seq2[Ksym, error] {
	return func(yield func(Ksym, error) bool) {
		file, err := k.root.Open(kallsyms)
		if err != nil {
			yield(Ksym{}, fmt.Errorf("read kernel symbols: %w", err))
			return
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		for n := 1; lines.Scan(); n++ {
			sym, ok := parseKsym(lines.Bytes())
			if !ok {
				yield(Ksym{}, fmt.Errorf("%s, line %d: cannot read %q", kallsyms, n, lines.Bytes()))
				return
			}
			if !yield(sym, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Ksym{}, fmt.Errorf("read kernel symbols: %w", err))
		}
	}
}

// parseKsym reads "ADDRESS TYPE NAME" with an optional "\t[MODULE]".
func parseKsym(line []byte) (Ksym, bool) {
	addr, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return Ksym{}, false
	}
	var sym Ksym
	if sym.Addr, ok = parseHex(addr); !ok {
		return Ksym{}, false
	}
	if len(rest) < 3 || rest[1] != ' ' {
		return Ksym{}, false
	}
	sym.Type = rest[0]
	name, module, inModule := bytes.Cut(rest[2:], []byte("\t"))
	sym.Name = name
	if inModule {
		module = bytes.TrimSpace(module)
		if len(module) < 2 || module[0] != '[' || module[len(module)-1] != ']' {
			return Ksym{}, false
		}
		sym.Module = module[1 : len(module)-1]
	}
	return sym, len(name) > 0
}

// parseHex is strconv.ParseUint for bytes, which has no allocating.
func parseHex(text []byte) (uint64, bool) {
	if len(text) == 0 || len(text) > 16 {
		return 0, false
	}
	var n uint64
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		n = n<<4 | uint64(c)
	}
	return n, true
}
