package main

import (
	"encoding/json"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// value is a piece of kernel memory that prints as text and as JSON.
type value interface {
	fmt.Stringer
	json.Marshaler
}

// event is one record of a buffer.
type event struct {
	table string
	cpu   int   // -1 if the buffer does not tell
	data  value // nil if the program does not show the record's type
	raw   []byte
}

// lost is a number of events that did not arrive.
type lost struct {
	table string
	cpu   int
	count uint64
}

// entry is one entry of a table. perCPU is nil but in per-CPU tables, where it
// takes the place of value.
type entry struct {
	key, value value
	perCPU     []value
}

// table is a table's content.
type table struct {
	name, kind string
	entries    []entry
}

// histogram is a histogram's content.
type histogram struct {
	name     string
	log2     bool
	sections []bccgo.Section
}

// lines are what an iterator wrote.
type lines struct {
	name string
	text []string
}

// printer writes results. Each call writes whole lines in one piece, and may
// be made from several goroutines if the writer below allows that.
type printer interface {
	event(event) error
	trace(bccgo.TraceLine) error
	lines(lines) error
	lost(lost) error
	table(table) error
	histogram(histogram) error
}
