package inet

import (
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Column is a field of a line about an R.
type Column[R any] struct {
	Name string
	// Width is how wide the field is at least; the text is at its left. A negative
	// one has the text at the right, as has fmt.
	Width int
	Text  func(r *R) string
}

// Columns are the fields of a line, with a space between.
type Columns[R any] []Column[R]

// Add appends a column if it is wanted.
func (c *Columns[R]) Add(wanted bool, name string, width int, text func(r *R) string) {
	if wanted {
		*c = append(*c, Column[R]{name, width, text})
	}
}

// Heading is the line of the names, without its end.
func (c Columns[R]) Heading() string { return c.line(c.names()) }

// Row is the line about r, without its end.
func (c Columns[R]) Row(r *R) string { return c.line(c.texts(r)) }

// CSVHeading is Heading with commas between the names.
func (c Columns[R]) CSVHeading() string { return commas(c.names()) }

// CSVRow is Row as comma separated values (RFC 4180), without its end.
func (c Columns[R]) CSVRow(r *R) string { return commas(c.texts(r)) }

func (c Columns[R]) names() []string {
	var out []string
	for _, column := range c {
		out = append(out, column.Name)
	}
	return out
}

func (c Columns[R]) texts(r *R) []string {
	var out []string
	for _, column := range c {
		out = append(out, column.Text(r))
	}
	return out
}

// line joins texts, all but the last filled up.
func (c Columns[R]) line(texts []string) string {
	var b strings.Builder
	for i, text := range texts {
		fmt.Fprintf(&b, "%*s ", -c[i].Width, text)
	}
	return strings.TrimRight(b.String(), " ")
}

func commas(texts []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(texts) // a strings.Builder takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// Cut makes names from the kernel fit for a column: all that goes beyond the width
// is left out, unless whole is set.
func Cut[R any](width int, whole bool, name func(r *R) string) func(r *R) string {
	return func(r *R) string {
		text := toolkit.Printable(name(r))
		if whole {
			return text
		}
		return fmt.Sprintf("%.*s", width, text)
	}
}
