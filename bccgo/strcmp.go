package bccgo

import (
	"fmt"
	"strings"
)

// StrcmpRewriter turns comparisons with texts in C expressions, which the kernel
// has no function for, into calls of functions that it makes: STRCMP("/tmp",
// path) is true if the text at path begins with /tmp. Programs that take filter
// expressions on their command line use it.
//
// The zero StrcmpRewriter takes every pointer for one into the kernel.
type StrcmpRewriter struct {
	// User tells whether an argument, as it stands in the expression, points
	// into the process's memory. nil means that none does.
	User func(argument string) bool

	functions []string
}

// strcmpCall is a text in C's notation and the beginning of the argument.
var strcmpCall = lazyRegexp(`\bSTRCMP\s*\(\s*("(?:[^"\\\n]|\\.)+")\s*,\s*`)

// Rewrite returns the expression with calls in place of each STRCMP("text",
// argument). The argument may be any expression. It is an error if STRCMP is
// used otherwise.
func (r *StrcmpRewriter) Rewrite(expr string) (string, error) {
	var out strings.Builder
	for rest := expr; ; {
		at := strcmpCall().FindStringSubmatchIndex(rest)
		if at == nil {
			out.WriteString(rest)
			break
		}
		argument, after, ok := cutArgument(rest[at[1]:])
		if !ok {
			return "", fmt.Errorf("rewrite %q: STRCMP has no closing parenthesis, or not two arguments", expr)
		}
		name := r.function(rest[at[2]:at[3]], r.User != nil && r.User(argument))
		fmt.Fprintf(&out, "%s%s((const void *)(%s))", rest[:at[0]], name, argument)
		rest = after
	}
	if misused().MatchString(out.String()) {
		return "", fmt.Errorf(`rewrite %q: STRCMP is not followed by ("text", pointer)`, expr)
	}
	return out.String(), nil
}

var misused = lazyRegexp(`\bSTRCMP\b`)

// cutArgument cuts a call's last argument and the parenthesis after it.
func cutArgument(s string) (argument, rest string, ok bool) {
	depth := 0
	for i, c := range s {
		switch {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == ')':
			argument = strings.TrimSpace(s[:i])
			return argument, s[i+1:], argument != ""
		case c == ',' && depth == 0:
			return "", "", false
		}
	}
	return "", "", false
}

// function makes a function that compares with a text and returns its name.
func (r *StrcmpRewriter) function(text string, user bool) string {
	name, read := fmt.Sprintf("begins_with_%d", len(r.functions)), "bpf_probe_read_kernel"
	if user {
		read = "bpf_probe_read_user"
	}
	r.functions = append(r.functions, fmt.Sprintf(`static inline bool %s(const void *at)
{
	const char want[] = %s;
	char have[sizeof(want) - 1] = {};
	char differ = 0;

	if (%s(have, sizeof(have), at))
		return false;
	/* One path for the verifier, whatever the bytes are. */
#pragma unroll
	for (int i = 0; i < sizeof(have); i++)
		differ |= have[i] ^ want[i];
	return !differ;
}
`, name, text, read))
	return name
}

// Functions returns the C functions that the expressions call, which go before
// them.
func (r *StrcmpRewriter) Functions() string { return strings.Join(r.functions, "\n") }
