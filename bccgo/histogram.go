package bccgo

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// HistogramOptions changes how a histogram is printed. A nil
// *HistogramOptions stands for the zero value.
type HistogramOptions struct {
	// SectionHeader is the word before each section's key, as in
	// "disk = sda". Empty means "Bucket ptr".
	SectionHeader string

	// SectionPrint turns a section's key into text. Nil prints strings and
	// byte slices (up to their first NUL) as they are, anything else as
	// fmt.Print does.
	SectionPrint func(key any) string

	// BucketFn turns a section's key into the one to go by. Sections that get
	// the same, as fmt.Print shows it, are added up. Nil keeps the keys.
	BucketFn func(key any) any

	// BucketSort puts the sections in the order to print them in; it may
	// also leave some out. Nil keeps the order given.
	BucketSort func([]Section) []Section

	// StripLeadingZero leaves out the rows before the first one that
	// counted something.
	StripLeadingZero bool
}

// Section is one of several histograms printed together: the counts that
// share a key, such as one disk's or one process's.
type Section struct {
	Key    any      // what the counts have in common
	Counts []uint64 // the count of each slot, indexed by slot
}

// PrintLog2 prints counts as a power-of-two histogram, in BCC's layout:
//
//	usecs               : count     distribution
//	    0 -> 1          : 5        |********************                    |
//	    2 -> 3          : 10       |****************************************|
//
// counts is indexed by slot as Log2Bucket numbers them. Rows stop at the last
// slot that counted something; a histogram without counts prints nothing. The
// layout is wider, with shorter bars, when a slot above 32 is in use. A count
// in slot 0, where bpf_log2l never puts one, has no row but takes part in the
// scale, as in BCC.
//
// label names the unit of the values; empty means "value". It is an error if
// a slot above 64 counted something.
func PrintLog2(w io.Writer, label string, counts []uint64, o *HistogramOptions) error {
	return printPlain(w, "log2", label, counts, o, writeLog2)
}

// PrintLinear prints counts as a linear histogram, in BCC's layout: one row a
// slot, from 0 to the last slot that counted something. A histogram without
// counts prints nothing. label names the unit; empty means "value".
func PrintLinear(w io.Writer, label string, counts []uint64, o *HistogramOptions) error {
	return printPlain(w, "linear", label, counts, o, writeLinear)
}

// PrintLog2Keyed prints one power-of-two histogram a section, each after an
// empty line and its key. See PrintLog2.
func PrintLog2Keyed(w io.Writer, label string, sections []Section, o *HistogramOptions) error {
	return printKeyed(w, "log2", label, sections, o, writeLog2)
}

// PrintLinearKeyed prints one linear histogram a section, each after an empty
// line and its key. See PrintLinear.
func PrintLinearKeyed(w io.Writer, label string, sections []Section, o *HistogramOptions) error {
	return printKeyed(w, "linear", label, sections, o, writeLinear)
}

// rowWriter renders one histogram.
type rowWriter func(w io.Writer, label string, counts []uint64, strip bool) error

func printPlain(w io.Writer, kind, label string, counts []uint64, o *HistogramOptions, write rowWriter) error {
	label = labelOrDefault(label)
	out := bufio.NewWriter(w)
	if err := write(out, label, counts, o.orDefault().StripLeadingZero); err != nil {
		return fmt.Errorf("print %s histogram of %q: %w", kind, label, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print %s histogram of %q: %w", kind, label, err)
	}
	return nil
}

func printKeyed(w io.Writer, kind, label string, sections []Section, o *HistogramOptions, write rowWriter) error {
	o = o.orDefault()
	label = labelOrDefault(label)
	out := bufio.NewWriter(w)
	for _, s := range o.arranged(sections) {
		name := o.sectionName(s.Key)
		fmt.Fprintf(out, "\n%s = %s\n", o.SectionHeader, name)
		if err := write(out, label, s.Counts, o.StripLeadingZero); err != nil {
			return fmt.Errorf("print %s histogram of %q, %s %s: %w", kind, label, o.SectionHeader, name, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print %s histograms of %q: %w", kind, label, err)
	}
	return nil
}

// writeLog2 leaves write errors to the buffered writer it is given.
func writeLog2(w io.Writer, label string, counts []uint64, strip bool) error {
	if err := checkLog2(counts); err != nil {
		return err
	}
	last := lastUsed(counts)
	if last < 1 {
		return nil
	}
	header, row, width := "     %-19s : count     distribution\n", "%10d -> %-10d : %-8d |%-*s|\n", 40
	if last > 32 {
		header, row, width = "               %-29s : count     distribution\n", "%20d -> %-20d : %-8d |%-*s|\n", 20
	}
	fmt.Fprintf(w, header, label)
	largest := maxCount(counts)
	for slot := firstRow(counts, 1, strip); slot <= last; slot++ {
		low, high := BucketRange(slot)
		fmt.Fprintf(w, row, low, high, counts[slot], width, bar(counts[slot], largest, width))
	}
	return nil
}

// writeLinear leaves write errors to the buffered writer it is given.
func writeLinear(w io.Writer, label string, counts []uint64, strip bool) error {
	last := lastUsed(counts)
	if last < 0 {
		return nil
	}
	fmt.Fprintf(w, "     %-13s : count     distribution\n", label)
	largest := maxCount(counts)
	for slot := firstRow(counts, 0, strip); slot <= last; slot++ {
		fmt.Fprintf(w, "        %-10d : %-8d |%-40s|\n", slot, counts[slot], bar(counts[slot], largest, 40))
	}
	return nil
}

// checkLog2 refuses counts in slots that no 64-bit value can fall into.
func checkLog2(counts []uint64) error {
	if last := lastUsed(counts); last >= log2Slots {
		return fmt.Errorf("slot %d counted %d, but a 64-bit value falls into slot 1 to 64: "+
			"use bpf_log2l() for the slot, or print a linear histogram", last, counts[last])
	}
	return nil
}

// lastUsed returns the highest slot with a count, -1 without any.
func lastUsed(counts []uint64) int {
	for slot := len(counts) - 1; slot >= 0; slot-- {
		if counts[slot] != 0 {
			return slot
		}
	}
	return -1
}

// firstRow returns the first slot to print, not below from.
func firstRow(counts []uint64, from int, strip bool) int {
	for strip && counts[from] == 0 {
		from++
	}
	return from
}

func maxCount(counts []uint64) uint64 {
	var largest uint64
	for _, n := range counts {
		largest = max(largest, n)
	}
	return largest
}

// bar draws n as a share of largest. The quotient is rounded to a float
// before its fraction is cut off: only so do counts above 2^53 get the bars
// that BCC draws.
func bar(n, largest uint64, width int) string {
	product := new(big.Int).Mul(new(big.Int).SetUint64(n), big.NewInt(int64(width)))
	share, _ := new(big.Rat).SetFrac(product, new(big.Int).SetUint64(largest)).Float64()
	return strings.Repeat("*", int(share))
}

// orDefault returns a copy of the options with the empty ones filled in.
func (o *HistogramOptions) orDefault() *HistogramOptions {
	var filled HistogramOptions
	if o != nil {
		filled = *o
	}
	filled.SectionHeader = cmp.Or(filled.SectionHeader, "Bucket ptr")
	return &filled
}

// arranged returns the sections to print in the order to print them.
func (o *HistogramOptions) arranged(sections []Section) []Section {
	if o.BucketFn != nil {
		sections = o.bucketed(sections)
	}
	if o.BucketSort == nil {
		return sections
	}
	return o.BucketSort(append([]Section(nil), sections...))
}

// bucketed adds up the sections that BucketFn gives the same key.
func (o *HistogramOptions) bucketed(sections []Section) []Section {
	var out sectionList
	for _, s := range sections {
		key := o.BucketFn(s.Key)
		section := out.of(key)
		for slot, n := range s.Counts {
			section.add(slot, n)
		}
	}
	return out.sections
}

// sectionList gathers counts by key, in the order the keys are met.
type sectionList struct {
	sections []Section
	index    map[string]int
}

// of returns the section of a key. It is valid until the next call.
func (l *sectionList) of(key any) *Section {
	name := fmt.Sprint(key)
	i, ok := l.index[name]
	if !ok {
		if l.index == nil {
			l.index = make(map[string]int)
		}
		i = len(l.sections)
		l.index[name] = i
		l.sections = append(l.sections, Section{Key: key})
	}
	return &l.sections[i]
}

func (s *Section) add(slot int, count uint64) {
	if count == 0 && slot >= len(s.Counts) {
		return
	}
	for len(s.Counts) <= slot {
		s.Counts = append(s.Counts, 0)
	}
	s.Counts[slot] += count
}

func (o *HistogramOptions) sectionName(key any) string {
	if o.SectionPrint != nil {
		return o.SectionPrint(key)
	}
	if b, ok := key.([]byte); ok {
		return CString(b)
	}
	return fmt.Sprint(key)
}

func labelOrDefault(label string) string {
	return cmp.Or(label, "value")
}
