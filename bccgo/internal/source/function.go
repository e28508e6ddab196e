package source

import "strings"

// Function is a top-level function definition.
type Function struct {
	// Name is the function's name in the compiled object. For functions made
	// by one of libbcc's macros it is the name libbcc 0.26 gives; it is empty
	// when a macro unknown to this package names the function.
	Name string
	// Aliases are the names other versions of libbcc give instead: later ones
	// put the module into the names of KFUNC_PROBE and KRETFUNC_PROBE,
	// kfunc__vmlinux__f for kfunc__f.
	Aliases []string
	// Macro is the macro that makes the function's header, or empty.
	Macro string
	// Params is what stands between the parentheses, on one line. For a macro
	// these are its arguments.
	Params string

	StartLine  int // line of the declaration's first token
	Line, Col  int // place of the name, or of the macro
	BodyOffset int // place of the opening brace
	BodyLine   int
	EndLine    int // line of the closing brace

	Static bool
	Inline bool // inline in any spelling, __always_inline included
}

// probeMacro says how a libbcc macro makes a function's name.
type probeMacro struct {
	prefix string
	args   int    // how many leading arguments are part of the name
	alias  string // another version's prefix
}

var probeMacros = map[string]probeMacro{
	"TRACEPOINT_PROBE":      {prefix: "tracepoint__", args: 2},
	"RAW_TRACEPOINT_PROBE":  {prefix: "raw_tracepoint__", args: 1},
	"KFUNC_PROBE":           {prefix: "kfunc__", args: 1, alias: "kfunc__vmlinux__"},
	"KRETFUNC_PROBE":        {prefix: "kretfunc__", args: 1, alias: "kretfunc__vmlinux__"},
	"MODULE_KFUNC_PROBE":    {prefix: "kfunc__", args: 2},
	"MODULE_KRETFUNC_PROBE": {prefix: "kretfunc__", args: 2},
	"KMOD_RET":              {prefix: "kmod_ret__", args: 1},
	"LSM_PROBE":             {prefix: "lsm__", args: 1},
	"BPF_ITER":              {prefix: "bpf_iter__", args: 1},
	"BPF_PROG":              {args: 1},
}

// function reads the definition whose body opens at tokens[brace]. It reports
// false when the brace opens something else.
func (s *scanner) function(d decl, brace int) (Function, bool) {
	at, ok := d.declarator()
	if !ok {
		return Function{}, false
	}
	name, params := d.parts[at].tok, d.parts[at+1]
	end := s.tokens[s.pos-1]
	f := Function{
		Name:      name.Text,
		StartLine: d.parts[0].tok.Line,
		Line:      name.Line, Col: name.Col,
		BodyOffset: s.tokens[brace].Offset,
		BodyLine:   s.tokens[brace].Line,
		EndLine:    end.Line,
		Params:     join(inside(s.tokens, params)),
	}
	f.Static, f.Inline = d.storage(s.tokens)
	args := joinAll(splitArgs(s.tokens, params.from, params.to-1))
	if m, ok := probeMacros[name.Text]; ok {
		f.Macro = name.Text
		f.Name, f.Aliases = m.names(args)
	} else if at == 0 {
		f.Macro, f.Name = name.Text, ""
	}
	return f, true
}

// inside returns a group's tokens without its brackets.
func inside(tokens []Token, p part) []Token {
	if p.from+1 >= p.to {
		return nil
	}
	return tokens[p.from+1 : p.to-1]
}

func (m probeMacro) names(args []string) (string, []string) {
	if len(args) < m.args {
		return "", nil
	}
	rest := strings.Join(args[:m.args], "__")
	if m.alias == "" {
		return m.prefix + rest, nil
	}
	return m.prefix + rest, []string{m.alias + rest}
}

// declarator finds the name of the function whose body comes next: the last
// "name (...)" that is not an attribute. It reports false when what comes
// next is the body of an aggregate or an initializer.
func (d decl) declarator() (int, bool) {
	i := d.beforeAttributes()
	if i < 1 || !d.parts[i].isGroup("(") || !d.parts[i-1].isIdent() {
		return 0, false
	}
	for _, p := range d.parts[:i-1] {
		if p.tok.is("=") {
			return 0, false
		}
	}
	return i - 1, !isAggregate(d.parts[i-1].tok.Text)
}

// beforeAttributes is the index of the last part that is not an attribute.
func (d decl) beforeAttributes() int {
	i := len(d.parts) - 1
	for i >= 1 {
		before := d.parts[i-1]
		switch p := d.parts[i]; {
		case p.isGroup("(") && isAttribute(before.tok.Text):
			i -= 2
		case p.isIdent() && before.isGroup("("):
			i-- // an attribute macro without arguments
		default:
			return i
		}
	}
	return i
}

func isAttribute(name string) bool {
	switch name {
	case "__attribute__", "__attribute", "__aligned", "_Alignas", "__section", "BCC_SEC", "asm", "__asm__":
		return true
	}
	return false
}

func isAggregate(name string) bool {
	return name == "struct" || name == "union" || name == "enum"
}

// storage reads the specifiers. Any spelling of inline counts, also inside an
// attribute: __always_inline, __inline__, always_inline.
func (d decl) storage(tokens []Token) (static, inline bool) {
	for i, p := range d.parts {
		static = static || p.tok.is("static")
		inline = inline || isInline(p.tok)
		if i == 0 || !p.isGroup("(") || !isAttribute(d.parts[i-1].tok.Text) {
			continue
		}
		for _, t := range inside(tokens, p) {
			inline = inline || isInline(t)
		}
	}
	return static, inline
}

func isInline(t Token) bool {
	name := strings.ToLower(t.Text)
	return t.Kind == Ident && strings.Contains(name, "inline") && !strings.Contains(name, "noinline")
}
