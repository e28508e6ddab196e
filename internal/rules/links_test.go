package rules

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// link matches a Markdown link to a file of the repository; the group is the
// file.
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	all := named(t, "*")
	for _, name := range named(t, "*.md") {
		report(t, deadLinks(name, string(read(t, name)), all))
	}
	wants(t, 1, deadLinks("docs/x.md", "[a](y.md) [b](../z.md#top) [c](no.md) [d](https://a.b/c)", []string{"docs/y.md", "z.md"}))
}

// deadLinks lists the links of a document to files or folders that do not
// exist.
func deadLinks(name, text string, all []string) []string {
	var list []string
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		target := path.Join(path.Dir(name), m[1])
		if !slices.ContainsFunc(all, func(file string) bool {
			return within(file, strings.TrimSuffix(target, "/"))
		}) {
			list = append(list, fmt.Sprintf("%s: link to %s, which does not exist", name, m[1]))
		}
	}
	return list
}
