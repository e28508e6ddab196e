package rules

import (
	"path"
	"slices"
	"strings"
	"testing"
)

func TestProgramsAreDocumentedAndTested(t *testing.T) {
	all := named(t, "*")
	for dir := range programs(t) {
		report(t, incomplete(dir, all))
	}
	have := []string{"examples/a/main.go", "examples/a/README.md", "tools/b/main.go", "tools/b/main_test.go"}
	wants(t, 1, incomplete("examples/a", have))
	wants(t, 1, incomplete("tools/b", have))
	wants(t, 0, incomplete("tools/b", append(have, "docs/tools/b.md")))
}

// incomplete lists what a program's folder lacks: a test, and a README.md for an
// example or a page below docs/tools for a tool.
func incomplete(dir string, all []string) []string {
	page := dir + "/README.md"
	if within(dir, "tools") {
		page = "docs/tools/" + path.Base(dir) + ".md"
	}
	var list []string
	if !slices.Contains(all, page) {
		list = append(list, dir+": no "+page)
	}
	if !slices.ContainsFunc(all, func(name string) bool {
		return path.Dir(name) == dir && strings.HasSuffix(name, "_test.go")
	}) {
		list = append(list, dir+": no test")
	}
	return list
}
