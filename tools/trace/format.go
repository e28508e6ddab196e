package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/bccgo/bcc/tools/internal/probeexpr"
)

// format is what a probe prints: texts[0], the first value, texts[1] and so on.
type format struct {
	texts       []string
	conversions []conversion
}

// conversion is a part of a format that stands for a value.
type conversion struct {
	// text is where it is.
	text probeexpr.Text
	// kind is the letter at its end, verb how Go writes it.
	kind byte
	verb string
	// cType is what an integer is converted to; signed tells how to read it then.
	cType  string
	signed bool
}

// conversionForm matches at a %.
var conversionForm = regexp.MustCompile(`^%([-+ 0#]*)([0-9]*)(\.[0-9]+)?(hh|h|ll|l|z|)([a-zA-Z%]?)`)

// parseFormat reads a string literal.
func parseFormat(literal probeexpr.Text) (format, error) {
	if _, err := literal.Literal(); err != nil {
		return format{}, err
	}
	var f format
	text := ""
	s := literal.Spec[:literal.End-1]
	for at := literal.Start + 1; at < len(s); {
		next := strings.IndexByte(s[at:], '%')
		if next < 0 {
			next = len(s) - at
		}
		text += unescaped(s[at : at+next])
		at += next
		if at == len(s) {
			break
		}
		m := conversionForm.FindStringSubmatch(s[at:])
		here := probeexpr.Text{Spec: literal.Spec, Start: at, End: at + len(m[0])}
		at = here.End
		if m[0] == "%%" {
			text += "%"
			continue
		}
		c, err := newConversion(here, m)
		if err != nil {
			return f, err
		}
		f.conversions = append(f.conversions, c)
		f.texts, text = append(f.texts, text), ""
	}
	f.texts = append(f.texts, text)
	return f, nil
}

// unescaped is a part of a literal that was read before, and so can be again.
func unescaped(s string) string {
	s, err := probeexpr.Of(`"` + s + `"`).Literal()
	if err != nil {
		panic(err) // a part of what could be read
	}
	return s
}

// cTypes are the types of integers by their length.
var cTypes = map[string]string{"hh": "char", "h": "short", "": "int", "l": "long", "ll": "long long", "z": "long"}

// newConversion makes a conversion of what its expression matched: flags, width,
// precision, length and letter.
func newConversion(here probeexpr.Text, m []string) (conversion, error) {
	flags, length, letter := m[1]+m[2]+m[3], m[4], m[5]
	c := conversion{text: here}
	if letter != "" {
		c.kind = letter[0]
	}
	switch c.kind {
	case 'd', 'i':
		c.verb, c.cType, c.signed = "%"+flags+"d", "signed "+cTypes[length], true
	case 'u', 'x', 'X', 'o':
		c.verb, c.cType = "%"+flags+strings.Replace(letter, "u", "d", 1), "unsigned "+cTypes[length]
	case 'p':
		c.verb, c.cType = "%#"+flags+"x", "unsigned long"
	case 'c', 's', 'K', 'U':
		if length != "" {
			return c, here.Faultf("%%%s has no length: leave out the %s", letter, length)
		}
		c.verb, c.cType = "%"+flags+"s", map[byte]string{'c': "unsigned char", 'K': "unsigned long", 'U': "unsigned long"}[c.kind]
	default:
		return c, here.Faultf("this prints nothing: want %%d, %%u, %%x, %%c, %%s, %%p or with a length, as %%lld; " +
			"%%K and %%U for a function of the kernel or of the process by its address; or %%%% for a %%")
	}
	return c, nil
}

// print puts the values in their places. There are as many as conversions.
func (f format) print(values []any) string {
	var b strings.Builder
	for i, text := range f.texts {
		b.WriteString(text)
		if i < len(values) {
			fmt.Fprintf(&b, f.conversions[i].verb, values[i])
		}
	}
	return b.String()
}

// count is a number of things.
func count(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
