package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// Linux versions at which bpf_trace_printk learned more, from
// kernel/trace/bpf_trace.c and kernel/bpf/helpers.c.
var (
	sinceStrings  = version(5, 7)  // %pks, %pus
	sinceSymbols  = version(5, 9)  // %pB
	sinceBprintf  = version(5, 13) // several %s, widths, %%, %X, %px, %pK, %ps, %pS, %pi4, %pI6
	sinceChars    = version(5, 15) // %c
	maxConversion = 3
)

// BetterFormats is the version of Linux since which libbcc's own warnings about
// formats are not true any more.
const BetterFormats = 5<<16 | 13<<8

// formats finds formats of bpf_trace_printk that print nothing, because the kernel
// refuses them, or that print what was not meant.
func (in *Input) formats() []Finding {
	var list []Finding
	for i := range in.Scan.Functions {
		body := in.body(&in.Scan.Functions[i])
		vars := in.variables(&in.Scan.Functions[i], body)
		for k, t := range body {
			if t.Is("bpf_trace_printk") && k+1 < len(body) && body[k+1].Is("(") {
				args := source.Arguments(body, k+1, source.Closing(body, k+1))
				list = append(list, in.format(args, vars)...)
			}
		}
	}
	return list
}

// Formatted are the lines with formats that were looked at.
func (in *Input) Formatted() map[int]bool {
	lines := make(map[int]bool)
	code := source.Code(in.Text)
	for k, t := range code {
		if t.Is("bpf_trace_printk") && k+2 < len(code) && code[k+1].Is("(") && code[k+2].Kind == source.String {
			for _, s := range code[k : source.Closing(code, k+1)+1] {
				lines[s.Line] = true
			}
		}
	}
	return lines
}

// format looks at one call.
func (in *Input) format(args [][]source.Token, vars []local) []Finding {
	if len(args) == 0 {
		return nil
	}
	text, ok := literal(args[0])
	if !ok {
		return nil
	}
	list, ok := in.conversions(text)
	if !ok {
		return []Finding{list[0].finding}
	}
	given := args[1:]
	if len(list) != len(given) {
		return []Finding{at(args[0][0], fmt.Sprintf("the format has %s and %s: %s", plural(len(list), "conversion"), plural(len(given), "argument"), mismatch(len(list), len(given))))}
	}
	var found []Finding
	for i, c := range list {
		if c.text == "s" && notString(given[i], vars) {
			found = append(found, at(given[i][0], fmt.Sprintf("%%s prints the string at an address, and %s is a number: use %%d, %%u or %%llu", source.Join(given[i]))))
		}
	}
	return found
}

func mismatch(conversions, arguments int) string {
	if conversions > arguments {
		return "what is printed for the others is left over from before"
	}
	return "the others are not printed"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// char is a byte of a format and where it stands.
type char struct {
	c         byte
	line, col int
}

// literal reads string literals that follow each other.
func literal(tokens []source.Token) ([]char, bool) {
	var text []char
	for _, t := range tokens {
		if t.Kind != source.String || t.Text[0] != '"' || strings.Contains(t.Text, "\n") {
			return nil, false
		}
		body := strings.TrimSuffix(t.Text[1:], `"`)
		for i := 0; i < len(body); i++ {
			c := char{body[i], t.Line, t.Col + 1 + i}
			if body[i] == '\\' && i+1 < len(body) {
				i++
				c.c = ' ' // whatever it is, no conversion
			}
			text = append(text, c)
		}
	}
	return text, len(tokens) > 0
}

// conversion is one of a format.
type conversion struct {
	text    string // behind the %, widths left out
	finding Finding
}

// conversions reads a format as the kernel does. If the kernel refuses it, ok is
// false, and the one conversion returned says why.
func (in *Input) conversions(text []char) (list []conversion, ok bool) {
	seen := false
	for i := 0; i < len(text); i++ {
		if text[i].c != '%' {
			continue
		}
		start := text[i]
		refuse := func(why string) ([]conversion, bool) {
			return []conversion{{finding: Finding{start.line, start.col, why}}}, false
		}
		if byteAt(text, i+1) == '%' {
			if in.Version < sinceBprintf {
				return refuse("bpf_trace_printk knows no %% before Linux 5.13 and prints nothing: write percent")
			}
			i++
			continue
		}
		if len(list) == maxConversion {
			return refuse("bpf_trace_printk takes three conversions at most and prints nothing: print twice, or send a struct through BPF_PERF_OUTPUT")
		}
		width, size, known := in.conversion(text[i+1:])
		conv := string(bytesOf(text[i+1+width : min(i+1+size, len(text))]))
		switch {
		case !known:
			return refuse(fmt.Sprintf("bpf_trace_printk%s does not know %%%s and prints nothing: %s", in.kernel(), unknownText(text[i+1:]), in.knows()))
		case width > 0 && in.Version < sinceBprintf:
			return refuse(fmt.Sprintf("bpf_trace_printk knows no widths before Linux 5.13 and prints nothing: write %%%s", conv))
		case isString(conv) && seen && in.Version < sinceBprintf:
			return refuse("bpf_trace_printk takes only one %s before Linux 5.13 and prints nothing: print twice, or send a struct through BPF_PERF_OUTPUT")
		}
		seen = seen || isString(conv)
		list = append(list, conversion{text: conv})
		i += size
	}
	return list, true
}

func isString(conv string) bool { return conv == "s" || conv == "pks" || conv == "pus" }

// kernel names the target where a newer one would do.
func (in *Input) kernel() string {
	return fmt.Sprintf(" of Linux %d.%d", in.Version>>16, in.Version>>8&0xff)
}

func (in *Input) knows() string {
	text := "%d %i %u %x with l or ll, %p and %s followed by no letter or digit"
	if in.Version >= sinceBprintf {
		text = "%d %i %u %x %X with l or ll, %c, %p, %ps, %pI4, %pI6 and %s followed by no letter or digit"
	}
	return "it knows " + text
}

// conversion measures what stands behind a %: its width, and all of it. known is
// false for what the target's kernel refuses.
func (in *Input) conversion(text []char) (width, size int, known bool) {
	i := 0
	for strings.IndexByte("0+- ", byteAt(text, i)) >= 0 {
		i++
	}
	for isDigit(byteAt(text, i)) {
		i++
	}
	width = i
	switch c := byteAt(text, i); {
	case c == 's':
		return width, i + 1, ends(text, i+1)
	case c == 'p':
		n, known := in.pointer(text, i+1)
		return width, n, known
	case c == 'c':
		return width, i + 1, in.Version >= sinceChars
	}
	for range 2 {
		if byteAt(text, i) == 'l' {
			i++
		}
	}
	letters := "idux"
	if in.Version >= sinceBprintf {
		letters += "X"
	}
	return width, i + 1, strings.IndexByte(letters, byteAt(text, i)) >= 0
}

// pointer measures a conversion from behind its p on.
func (in *Input) pointer(text []char, i int) (size int, known bool) {
	first, second := byteAt(text, i), byteAt(text, i+1)
	switch {
	case ends(text, i):
		return i, true
	case (first == 'k' || first == 'u') && second == 's':
		return i + 2, in.Version >= sinceStrings && ends(text, i+2)
	case first == 'B':
		return i + 1, in.Version >= sinceSymbols
	case strings.IndexByte("KxsS", first) >= 0:
		return i + 1, in.Version >= sinceBprintf
	case (first == 'i' || first == 'I') && (second == '4' || second == '6'):
		return i + 2, in.Version >= sinceBprintf
	}
	return i + 1, false
}

// ends tells whether what stands at i ends a conversion of strings.
func ends(text []char, i int) bool {
	c := rune(byteAt(text, i))
	return i >= len(text) || c < unicode.MaxASCII && (unicode.IsSpace(c) || unicode.IsPunct(c) || unicode.IsSymbol(c))
}

// unknownText is a conversion that is not known, up to its letter.
func unknownText(text []char) string {
	for i := range text {
		if c := rune(text[i].c); unicode.IsLetter(c) && !strings.ContainsRune("lhzjtq", c) {
			end := i + 1
			for more := map[rune]int{'p': 2, 's': 1}[c]; more > 0 && !ends(text, end); more-- {
				end++
			}
			return string(bytesOf(text[:end]))
		}
	}
	return string(bytesOf(text))
}

func bytesOf(text []char) []byte {
	out := make([]byte, len(text))
	for i, c := range text {
		out[i] = c.c
	}
	return out
}

// byteAt is a byte of a format, 0 behind its end.
func byteAt(text []char, i int) byte {
	if i < len(text) {
		return text[i].c
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// integers are the types that no address fits into.
var integers = []string{"int", "unsigned", "unsigned int", "short", "unsigned short", "char", "unsigned char", "bool",
	"u8", "u16", "u32", "s8", "s16", "s32", "__u8", "__u16", "__u32", "__s8", "__s16", "__s32",
	"uint8_t", "uint16_t", "uint32_t", "int8_t", "int16_t", "int32_t", "pid_t", "uid_t", "gid_t", "dev_t", "umode_t", "gfp_t"}

// notString tells an argument that cannot be the address of a string: a number, or
// a variable too narrow for an address.
func notString(arg []source.Token, vars []local) bool {
	if len(arg) != 1 {
		return false
	}
	if arg[0].Kind == source.Number {
		return true
	}
	v, ok := find(vars, arg[0].Text)
	if !ok || v.pointer || len(v.dims) > 0 {
		return false
	}
	words := slices.DeleteFunc(slices.Clone(v.typ), func(t source.Token) bool { return t.Is("const") || t.Is("volatile") || t.Is("static") })
	return slices.Contains(integers, source.Join(words))
}
