package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// iterators are what the BPF_ITER functions of a program go through; tables come
// last, as the others may fill them.
func iterators(m *bccgo.Module) []string {
	var targets, ofTables []string
	for _, function := range m.Functions() {
		target, ok := strings.CutPrefix(function, "bpf_iter__")
		switch {
		case ok && overTables[target]:
			ofTables = append(ofTables, target)
		case ok:
			targets = append(targets, target)
		}
	}
	return append(targets, ofTables...)
}

// overTables are the iterators that need a table to go through.
var overTables = map[string]bool{"bpf_map_elem": true, "bpf_sk_storage_map": true}

// printReport prints what there is to tell at the end of a run.
func printReport(m *bccgo.Module, p printer) error {
	if err := printIterators(m, p); err != nil {
		return err
	}
	return printTables(m, p)
}

// printIterators runs each iterator once and prints what it writes. One that goes
// through a table does so for each that has entries.
func printIterators(m *bccgo.Module, p printer) error {
	for _, target := range iterators(m) {
		if !overTables[target] {
			if err := printIterator(m, p, target, nil); err != nil {
				return err
			}
			continue
		}
		for _, table := range m.Tables() {
			if !m.Table(table).HasEntries() {
				continue
			}
			if err := printIterator(m, p, target, &bccgo.IterOptions{Table: table}); err != nil {
				return err
			}
		}
	}
	return nil
}

func printIterator(m *bccgo.Module, p printer, target string, o *bccgo.IterOptions) error {
	it, err := m.AttachIter(target, o)
	if err != nil {
		return err
	}
	name := target
	if o != nil {
		name += " " + o.Table
	}
	return errors.Join(printLines(it, p, name), it.Close())
}

func printLines(it *bccgo.Iter, p printer, name string) error {
	found := lines{name: name}
	for line, err := range it.Lines() {
		if err != nil {
			return fmt.Errorf("run iterator %s: %w", name, err)
		}
		found.text = append(found.text, line)
	}
	if len(found.text) == 0 {
		return nil
	}
	return p.lines(found)
}
