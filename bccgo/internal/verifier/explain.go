package verifier

import (
	"regexp"
	"strings"
	"sync"
)

// Kind names a sort of refusal. It does not change from version to version.
type Kind string

// Explanation is a refusal in plain words.
type Explanation struct {
	// Kind is the sort of refusal, "" for one that is not known here.
	Kind Kind
	// Reason is the verifier's own message.
	Reason string
	// Plain says what is wrong, Cure what to do. Both are "" where Kind is.
	Plain, Cure string
}

// rule recognizes one message.
type rule struct {
	kind    Kind
	pattern string
	// plain and cure may have $1 and so on for what the pattern's groups match.
	plain, cure string
}

// compiled are the rules with their patterns, which are wanted only where a
// program was refused.
var compiled = sync.OnceValue(func() []*regexp.Regexp {
	list := make([]*regexp.Regexp, len(rules))
	for i, r := range rules {
		list[i] = regexp.MustCompile(r.pattern)
	}
	return list
})

// tail bounds how many lines at the end of a log are searched: what the verifier
// objects to stands there, and above it the whole path that led to it.
const tail = 8

// Explain reads a verifier's log.
func Explain(log []string) Explanation {
	lines := lastLines(log)
	for i, r := range rules {
		for n := len(lines) - 1; n >= 0; n-- {
			m := compiled()[i].FindStringSubmatchIndex(lines[n])
			if m == nil {
				continue
			}
			expand := func(template string) string {
				return string(compiled()[i].ExpandString(nil, template, lines[n], m))
			}
			return Explanation{Kind: r.kind, Reason: lines[n], Plain: expand(r.plain), Cure: expand(r.cure)}
		}
	}
	return Explanation{Reason: reason(lines)}
}

// lastLines are the last lines that say something.
func lastLines(log []string) []string {
	var lines []string
	for _, line := range log {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "processed ") && !isCounter(line) {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-tail):]
}

// isCounter tells the statistics at the end of a log.
func isCounter(line string) bool {
	return strings.HasPrefix(line, "verification time ") || strings.HasPrefix(line, "stack depth ") && !strings.Contains(line, "exceeds")
}

// reason is the last line, which has the verifier's words in nearly all cases.
func reason(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}
