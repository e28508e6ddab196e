package rules

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// Every tool is found by a question that it answers, and its help shows by examples
// how to ask.
func TestToolsAreListedWithExamples(t *testing.T) {
	list := string(read(t, "docs/tools/README.md"))
	for dir := range programs(t) {
		if !within(dir, "tools") {
			continue
		}
		var text strings.Builder
		for _, name := range named(t, "*.go") {
			if path.Dir(name) == dir && !strings.HasSuffix(name, "_test.go") {
				text.Write(read(t, name))
			}
		}
		report(t, unlisted(dir, list))
		report(t, fewExamples(dir, text.String()))
	}
	wants(t, 1, unlisted("tools/b", "[a](a.md)"))
	wants(t, 0, unlisted("tools/a", "[a](a.md)"))
	wants(t, 1, fewExamples("tools/a", "Examples: []string{\n\"a 1\",\n\"a 2\",\n},\n"))
	wants(t, 0, fewExamples("tools/a", "Examples: []string{\n\"a 1\",\n\"a 2\",\n\"a 3\",\n},\n"))
}

func unlisted(dir, list string) []string {
	if page := "(" + path.Base(dir) + ".md"; strings.Contains(list, page) {
		return nil
	}
	return []string{dir + ": docs/tools/README.md does not lead to it"}
}

var examples = regexp.MustCompile(`Examples: \[\]string\{\n([^}]*)\n\s*\}`)

// fewExamples finds tools, by the text of their folders, with less than three examples.
// Programs of another form write their help themselves.
func fewExamples(dir, text string) []string {
	const enough = 3
	found := examples.FindStringSubmatch(text)
	if found == nil || strings.Count(found[1], "\n")+1 >= enough {
		return nil
	}
	return []string{dir + ": its help has less than three examples"}
}
