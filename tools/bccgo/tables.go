package main

import "github.com/bccgo/bcc/bccgo"

// printTables prints every table and histogram that holds something, in the
// order of the text.
func printTables(m *bccgo.Module, p printer) error {
	for _, name := range m.Tables() {
		if err := printTable(m.Table(name), p); err != nil {
			return err
		}
	}
	return nil
}

func printTable(t *bccgo.Table, p printer) error {
	if err := t.Err(); err != nil {
		return err
	}
	switch {
	case t.IsBuffer(), !t.HasEntries():
		return nil
	case t.IsHistogram():
		h, err := readHistogram(t)
		if err != nil || len(h.sections) == 0 {
			return err
		}
		return p.histogram(h)
	}
	content, err := readTable(t)
	if err != nil || len(content.entries) == 0 {
		return err
	}
	return p.table(content)
}
