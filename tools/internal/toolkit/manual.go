package toolkit

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// manual is the part of the tool's manual page that its description and flags give,
// as Markdown: name, synopsis, description, options and examples.
func (t *Tool) manual(flags []cli.Flag) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n**%[1]s** [options] %[3]s\n\n", t.Name, t.Usage, plain(t.ArgsUsage))
	fmt.Fprintf(&b, "# DESCRIPTION\n\n%s\n\n# OPTIONS\n\n", plain(t.Description))
	for _, f := range flags {
		if doc, ok := f.(cli.DocGenerationFlag); ok && isVisible(f) {
			b.WriteString(manualFlag(doc, f.Names()))
		}
	}
	b.WriteString("**-h**, **--help**\n: show help\n\n# EXAMPLES\n\n")
	for _, example := range t.Examples {
		b.WriteString("    " + example + "\n")
	}
	return b.String()
}

func isVisible(f cli.Flag) bool {
	v, ok := f.(cli.VisibleFlag)
	return !ok || v.IsVisible()
}

// manualFlag is a flag as a term and its definition, short name first.
func manualFlag(f cli.DocGenerationFlag, names []string) string {
	var short, long []string
	for _, name := range names {
		if len(name) == 1 {
			short = append(short, "**-"+name+"**")
		} else {
			long = append(long, "**--"+name+"**")
		}
	}
	term, usage := strings.Join(append(short, long...), ", "), f.GetUsage()
	if f.TakesValue() {
		value := "VALUE"
		if _, behind, found := strings.Cut(usage, "`"); found {
			value, _, _ = strings.Cut(behind, "`")
		}
		term += " *" + value + "*"
	}
	usage = plain(strings.ReplaceAll(usage, "`", ""))
	if text := defaultOf(f); text != "" {
		usage += " (default: " + plain(text) + ")"
	}
	return term + "\n: " + usage + "\n\n"
}

func defaultOf(f cli.DocGenerationFlag) string {
	if !f.TakesValue() {
		return ""
	}
	if text := f.GetDefaultText(); text != "" {
		return strings.Trim(text, `"`)
	}
	return f.GetValue()
}

// plain keeps a text from being taken for Markdown's marks.
func plain(text string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "\\`").Replace(text)
}
