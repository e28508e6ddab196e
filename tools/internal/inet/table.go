package inet

import "github.com/bccgo/bcc/tools/internal/toolkit"

// Table prints lines of columns, or JSON if that is asked for.
type Table[R any] struct {
	S       *toolkit.Session
	Columns Columns[R]
	// CSV asks for comma separated values.
	CSV bool
}

// Heading prints the names of the columns.
func (t *Table[R]) Heading() error {
	switch {
	case t.S.JSON:
		return nil
	case t.CSV:
		return t.S.Out.Printf("%s\n", t.Columns.CSVHeading())
	}
	return t.S.Out.Printf("%s\n", t.Columns.Heading())
}

// Row prints a line, or r as JSON.
func (t *Table[R]) Row(r *R) error {
	switch {
	case t.S.JSON:
		return t.S.Out.JSON(r)
	case t.CSV:
		return t.S.Out.Printf("%s\n", t.Columns.CSVRow(r))
	}
	return t.S.Out.Printf("%s\n", t.Columns.Row(r))
}
