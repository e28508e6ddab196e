package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// StackVar is something that a function keeps on its stack.
type StackVar struct {
	// Name is the variable's, or what else it is; Type how it is declared.
	Name, Type string
	// Function is the function that declares it, which may be inlined into another.
	Function  string
	Line, Col int
	// Decl is a declaration of a struct member of the type, "" where Size is known.
	Decl string
	// Size is in bytes, 0 where it has to be measured.
	Size int
}

// StackVars lists what a function and the inline functions that it calls keep on
// the stack, as far as it can be read in the text.
func StackVars(text string, scan *source.Summary, function string) []StackVar {
	code := source.Code(text)
	var list []StackVar
	seen := map[string]bool{function: true}
	for todo := []string{function}; len(todo) > 0; todo = todo[1:] {
		for i := range scan.Functions {
			f := &scan.Functions[i]
			if f.Name != todo[0] {
				continue
			}
			body := f.Body(code)
			list = append(list, stackVars(f.Name, body)...)
			for _, t := range body {
				if called := t.Text; t.Kind == source.Ident && !seen[called] && isInline(scan, called) {
					seen[called] = true
					todo = append(todo, called)
				}
			}
		}
	}
	return list
}

func isInline(scan *source.Summary, name string) bool {
	return slices.ContainsFunc(scan.Functions, func(f source.Function) bool { return f.Name == name && (f.Inline || f.Static) })
}

func stackVars(function string, body []source.Token) []StackVar {
	var list []StackVar
	for _, v := range locals(body) {
		if v.static || v.pointer && len(v.dims) == 0 {
			continue
		}
		s := StackVar{Name: v.name.Text, Function: function, Line: v.name.Line, Col: v.name.Col, Type: source.Join(v.typ)}
		star := ""
		if v.pointer {
			star = "*"
		}
		s.Type += star
		s.Decl = withoutQualifiers(v.typ) + " " + star + "v"
		for _, d := range v.dims {
			if len(d) == 0 {
				s.Decl = "" // as long as what it is set to
				break
			}
			s.Type += "[" + source.Join(d) + "]"
			s.Decl += "[" + source.Join(d) + "]"
		}
		if s.Decl != "" {
			list = append(list, s)
		}
	}
	for i, t := range body {
		if !t.Is("bpf_trace_printk") || i+1 >= len(body) || !body[i+1].Is("(") {
			continue
		}
		args := source.Arguments(body, i+1, source.Closing(body, i+1))
		if len(args) == 0 {
			continue
		}
		if text, ok := literal(args[0]); ok {
			list = append(list, StackVar{Name: "the format of bpf_trace_printk", Function: function, Line: t.Line, Col: t.Col, Size: len(text) + 1})
		}
	}
	return list
}

func withoutQualifiers(typ []source.Token) string {
	var words []string
	for _, t := range typ {
		if !t.Is("const") && !t.Is("volatile") && !t.Is("register") {
			words = append(words, t.Text)
		}
	}
	return strings.Join(words, " ")
}

// MeasuredTable names the table whose values have the size of a variable.
func MeasuredTable(i int) string { return "____bccgo_size" + strconv.Itoa(i) }

// MeasureText is the text without its functions and with a table for each variable
// whose size is not known.
func MeasureText(text string, scan *source.Summary, vars []StackVar) string {
	code := source.Code(text)
	var b strings.Builder
	copied := 0
	for i := range scan.Functions {
		f := &scan.Functions[i]
		body := f.Body(code)
		start := slices.IndexFunc(code, func(t source.Token) bool { return t.Line == f.StartLine })
		if len(body) == 0 || start < 0 || code[start].Offset < copied {
			continue
		}
		b.WriteString(text[copied:code[start].Offset])
		copied = body[len(body)-1].End()
	}
	b.WriteString(text[copied:])
	b.WriteString("\nint ____bccgo_none(void *ctx) { return 0; }\n")
	for i, v := range vars {
		if v.Size == 0 {
			name := MeasuredTable(i)
			b.WriteString("struct " + name + "v { " + v.Decl + "; };\nBPF_TABLE(\"array\", int, struct " + name + "v, " + name + ", 1);\n")
		}
	}
	return b.String()
}
