package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// manual joins a page of the documentation to the part that the tool gives. Both are
// Markdown, and so is the result.
func manual(name, head, page string) string {
	body, others := withoutLinks(sections(page))
	if head == "" {
		head = fmt.Sprintf("# NAME\n\n%s - %s\n", name, strings.TrimSuffix(firstSentence(page), "."))
	}
	text := fmt.Sprintf("%% %s 8 \"\" \"bccgo\" \"Tools of bccgo\"\n\n%s\n# OUTPUT\n\n%s\n", name, head, body)
	if len(others) > 0 {
		text += "\n# SEE ALSO\n\n" + strings.Join(others, ", ") + "\n"
	}
	return text
}

var heading = regexp.MustCompile(`^#+ `)

// sections are a page without its title. Its sections become those of a manual, whose
// titles are in capitals.
func sections(page string) string {
	var b strings.Builder
	inTable := false
	for line := range strings.Lines(page) {
		isRow := strings.HasPrefix(line, "|")
		if begins := isRow && !inTable; begins {
			inTable = true
			continue // the table's heading
		}
		inTable = isRow
		switch mark := heading.FindString(line); {
		case mark == "# ":
			continue
		case mark == "## ":
			b.WriteString("# " + strings.ToUpper(strings.TrimPrefix(line, mark)))
		case isRow:
			b.WriteString(row(line))
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}

var bar = regexp.MustCompile(`^\||\|\s*$`)

// row makes a definition of a table's row: tables are wider than terminals. Their
// headings go, as it is plain from the section what is defined.
func row(line string) string {
	cells := strings.Split(bar.ReplaceAllString(strings.TrimSpace(line), ""), " | ")
	if strings.HasPrefix(cells[0], "---") {
		return "" // below the heading
	}
	term := strings.Trim(strings.TrimSpace(cells[0]), "`*")
	return "**" + strings.NewReplacer("_", `\_`, "*", `\*`, "`", "").Replace(term) + "**\n: " + strings.TrimSpace(strings.Join(cells[1:], "; ")) + "\n\n"
}

// firstSentence is what a page says below its title.
func firstSentence(page string) string {
	for paragraph := range strings.SplitSeq(page, "\n\n") {
		if !strings.HasPrefix(paragraph, "#") {
			sentence, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(paragraph), "\n", " "), ". ")
			return strings.ToLower(sentence[:1]) + sentence[1:]
		}
	}
	return ""
}

var link = regexp.MustCompile(`\[([^\]]*)\]\(([^)]*)\)`)

// withoutLinks leaves a text's links out but for their words, and returns the tools
// that they lead to as manual pages.
func withoutLinks(text string) (string, []string) {
	var others []string
	text = link.ReplaceAllStringFunc(text, func(match string) string {
		part := link.FindStringSubmatch(match)
		words, target := part[1], part[2]
		if strings.Contains(target, "://") {
			return words + " (" + target + ")"
		}
		file, _, _ := strings.Cut(target, "#")
		if tool := strings.TrimSuffix(file, ".md"); tool == path.Base(tool) && tool != "README" && tool != "" && strings.HasSuffix(file, ".md") {
			others = append(others, "**"+tool+"**(8)")
		}
		return words
	})
	slices.Sort(others)
	return text, slices.Compact(others)
}
