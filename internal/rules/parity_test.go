package rules

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// parityPages list what BCC has, each row with our form of it and its proof.
var parityPages = []string{"python-api.md", "c-api.md", "examples.md"}

// proof matches a test named in such a page: its folder, a slash, its name; and,
// after another slash, one of its parts.
var proof = regexp.MustCompile("`((?:[\\w.-]+/)+?)((?:Test|Example|Fuzz)\\w+)(?:/\\w+)?`")

// laterHeading begins the headings of the sections whose rows may be without
// proof because nobody has built them yet.
const laterHeading = "## Later"

func TestParityIsProved(t *testing.T) {
	tests := testNames(goFiles(t))
	for _, name := range named(t, parityPages...) {
		report(t, unproved(name, string(read(t, name)), tests))
	}
	sample := map[string]bool{"bccgo/TestOne": true}
	wants(t, 4, unproved("x.md", strings.Join([]string{
		"## Now",
		"| Python | Go | Proof |", "|---|---|---|",
		"| `a()` | `A` | `bccgo/TestOne` |",
		"| `b()` | `B` | `bccgo/TestTwo` |",
		"| `c()` | `C` | later |",
		"| `d()` | `D` |  |",
		"| `e()` | – | none: a reason of several words |",
		"| `g()` | `G` | `bccgo/TestOne/part` |",
		"| `a()` | `A` | `bccgo/TestOne` |",
		"## Later: networks",
		"| `f()` | – | later |",
	}, "\n"), sample))
}

// testNames are the tests of all files as "folder/TestName".
func testNames(files []goFile) map[string]bool {
	names := make(map[string]bool)
	for _, f := range files {
		if !f.isTest() {
			continue
		}
		for _, decl := range f.ast.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Recv == nil {
				names[f.dir()+"/"+d.Name.Name] = true
			}
		}
	}
	return names
}

// unproved lists the rows of a page that lack a proof, name a test that does not
// exist, or stand there twice.
func unproved(file, text string, tests map[string]bool) []string {
	var list []string
	later := false
	seen := make(map[string]bool)
	for number, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "## ") {
			later = strings.HasPrefix(line, laterHeading)
		}
		cells, ok := tableRow(line)
		if !ok {
			continue
		}
		at := fmt.Sprintf("%s:%d: %s", file, number+1, cells[0])
		if seen[cells[0]] {
			list = append(list, at+" is listed twice")
		}
		seen[cells[0]] = true
		if why := badProof(cells[len(cells)-1], later, tests); why != "" {
			list = append(list, at+" "+why)
		}
	}
	return list
}

// badProof says what is wrong with the last cell of a row, "" if nothing is.
func badProof(cell string, later bool, tests map[string]bool) string {
	found := proof.FindAllStringSubmatch(cell, -1)
	for _, m := range found {
		if !tests[m[1]+m[2]] {
			return "names " + m[0] + ", which does not exist"
		}
	}
	reason, excused := strings.CutPrefix(cell, "none: ")
	switch {
	case len(found) > 0, excused && len(strings.Fields(reason)) > 2, later && cell == "later":
		return ""
	}
	return "has no proof"
}

// tableRow splits a row of a Markdown table into its cells. Headings and the
// line below them are none.
func tableRow(line string) (cells []string, ok bool) {
	inner, ok := strings.CutPrefix(line, "| ")
	if !ok || strings.HasPrefix(inner, "Python |") || strings.HasPrefix(inner, "C |") || strings.HasPrefix(inner, "Example |") {
		return nil, false
	}
	inner = strings.ReplaceAll(strings.TrimSuffix(inner, "|"), `\|`, "\x00")
	for cell := range strings.SplitSeq(inner, "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "|")))
	}
	return cells, true
}
