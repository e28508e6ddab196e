package source

import "strings"

// tracepoints lists every tracepoint whose format the compiler could read:
// arguments of TRACEPOINT_PROBE and names that begin with tracepoint__. It
// also looks into macros and into branches that do not count, because naming
// one too many does no harm.
func tracepoints(tokens []Token) []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range tracepointNames(tokens) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

func tracepointNames(tokens []Token) []string {
	var out []string
	code := make([]Token, 0, len(tokens))
	for _, t := range tokens {
		switch {
		case t.Kind == Directive:
			out = append(out, tracepointsIn(liveTokens(Tokenize(t.Text[1:])))...)
		case t.isCode():
			code = append(code, t)
		}
	}
	return append(out, tracepointsIn(code)...)
}

func tracepointsIn(code []Token) []string {
	var out []string
	for i, t := range code {
		if name, ok := tracepointMacro(code[i:]); ok {
			out = append(out, name)
		} else if name, ok := tracepointIdent(t.Text); ok && t.Kind == Ident {
			out = append(out, name)
		}
	}
	return out
}

// tracepointMacro reads TRACEPOINT_PROBE ( category , event ).
func tracepointMacro(t []Token) (string, bool) {
	ok := len(t) >= 6 && t[0].is("TRACEPOINT_PROBE") && t[1].is("(") && t[2].Kind == Ident &&
		t[3].is(",") && t[4].Kind == Ident && t[5].is(")")
	if !ok {
		return "", false
	}
	return t[2].Text + ":" + t[4].Text, true
}

// tracepointIdent splits tracepoint__category__event. libbcc ends the category
// at the first double underscore, so an event may contain one.
func tracepointIdent(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, "tracepoint__")
	if !ok {
		return "", false
	}
	category, event, ok := strings.Cut(rest, "__")
	return category + ":" + event, ok && category != "" && event != ""
}
