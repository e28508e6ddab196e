package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bccgo/bcc/bccgo"
)

// textPrinter writes results for people. Lost events go to notes, since they
// are no result.
type textPrinter struct {
	out, notes io.Writer
}

func (p *textPrinter) event(e event) error {
	if e.data == nil {
		return p.printf("%s: %x\n", e.table, e.raw)
	}
	return p.printf("%s: %v\n", e.table, e.data)
}

func (p *textPrinter) trace(l bccgo.TraceLine) error {
	return p.printf("%s-%d [%03d] %.6f: %s\n", l.Task, l.PID, l.CPU, l.Timestamp, l.Message)
}

func (p *textPrinter) lines(l lines) error {
	return p.printf("\n%s:\n%s\n", l.name, strings.Join(l.text, "\n"))
}

func (p *textPrinter) lost(l lost) error {
	_, err := fmt.Fprintf(p.notes, "bccgo: lost %d events of %s on CPU %d\n", l.count, l.table, l.cpu)
	return err
}

func (p *textPrinter) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(p.out, format, args...)
	return err
}

// maxKeyWidth is how long a key may be to take part in the values' alignment.
const maxKeyWidth = 60

// table writes one entry a line, keys and values in columns. Values of per-CPU
// tables are summed if they are integers.
func (p *textPrinter) table(t table) error {
	keys := make([]string, len(t.entries))
	width := 0
	for i, e := range t.entries {
		keys[i] = e.key.String()
		if n := utf8.RuneCountInString(keys[i]); n <= maxKeyWidth {
			width = max(width, n)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n%s:\n", t.name)
	for i, e := range t.entries {
		pad := max(width-utf8.RuneCountInString(keys[i]), 0)
		fmt.Fprintf(&b, "  %s%s  %s\n", keys[i], strings.Repeat(" ", pad), valueText(e))
	}
	_, err := p.out.Write(b.Bytes())
	return err
}

func valueText(e entry) string {
	if e.perCPU == nil {
		return e.value.String()
	}
	if sum, ok := total(e); ok {
		return fmt.Sprint(sum)
	}
	return fmt.Sprint(e.perCPU)
}

func (p *textPrinter) histogram(h histogram) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n%s:\n", h.name)
	if err := drawHistogram(&b, h); err != nil {
		return fmt.Errorf("print histogram %s: %w", h.name, err)
	}
	_, err := p.out.Write(b.Bytes())
	return err
}

func drawHistogram(w io.Writer, h histogram) error {
	plain, keyed := bccgo.PrintLinear, bccgo.PrintLinearKeyed
	if h.log2 {
		plain, keyed = bccgo.PrintLog2, bccgo.PrintLog2Keyed
	}
	if h.plain() {
		return plain(w, "", h.sections[0].Counts, nil)
	}
	return keyed(w, "", h.sections, &bccgo.HistogramOptions{SectionHeader: "key"})
}

// plain reports whether the histogram has one section without a key.
func (h histogram) plain() bool { return len(h.sections) == 1 && h.sections[0].Key == nil }
