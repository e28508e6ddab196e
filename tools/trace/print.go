package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints events.
type printer struct {
	*options
	s       *toolkit.Session
	begin   uint64
	symbols *bccgo.Symbols
	found   *stacks
	printed int
	// counts are those of --aggregate.
	counts map[string]*counted
}

// counted is a line that came several times.
type counted struct {
	text   string
	record record
}

func newPrinter(o *options, s *toolkit.Session, m *bccgo.Module) (*printer, error) {
	p := &printer{options: o, s: s, begin: bccgo.MonotonicTime(), symbols: m.Symbols(), counts: make(map[string]*counted)}
	var err error
	if o.stacks() {
		p.found, err = openStacks(o, m)
	}
	return p, err
}

// record is a line of --json.
type record struct {
	Time     *time.Time `json:"time,omitempty"`
	PID      uint32     `json:"pid"`
	TID      uint32     `json:"tid"`
	Comm     string     `json:"comm"`
	CPU      *int       `json:"cpu,omitempty"`
	Function string     `json:"function"`
	Probe    string     `json:"probe"`
	Message  string     `json:"message"`
	Values   []any      `json:"values"`
	Kernel   []string   `json:"kernel_stack,omitempty"`
	User     []string   `json:"user_stack,omitempty"`
	Count    int        `json:"count,omitempty"`
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s%-7s %-7s %-15s %-16s %s\n", p.first("TIME", "CPU"), "PID", "TID", "COMM", "FUNC", "-")
}

// first are the columns that are printed on demand, and not for lines that are
// counted: hardly two would be equal.
func (p *printer) first(time, cpu string) string {
	if p.aggregate {
		return ""
	}
	text := ""
	switch {
	case p.unix:
		text = fmt.Sprintf("%-17s ", time)
	case p.timestamp || p.timeOfDay:
		text = fmt.Sprintf("%-8s ", time)
	}
	if p.printCPU {
		text += fmt.Sprintf("%-3s ", cpu)
	}
	return text
}

// record prints an event. It returns true after the last one that is wanted.
func (p *printer) record(r bccgo.Record, probes []*probe) (done bool, err error) {
	e, err := decode(r, probes, p.stringSize)
	if err != nil {
		return false, err
	}
	rec := p.resolve(e)
	if !strings.Contains(rec.Comm, p.name) || !strings.Contains(rec.Message, p.message) {
		return false, nil
	}
	kernel, user, err := p.found.of(e)
	if err != nil {
		return false, err
	}
	rec.Kernel, rec.User = kernel.names(), user.names()
	if err := p.put(e, rec, p.line(rec)+kernel.text()+user.text()); err != nil {
		return false, err
	}
	p.printed++
	return p.printed == p.maxEvents, nil
}

// resolve fills in what an event means.
func (p *printer) resolve(e *event) record {
	values := make([]any, len(e.values))
	texts := make([]any, len(e.values))
	for i, v := range e.values {
		switch v := v.(type) {
		case address:
			values[i] = p.symbol(v, int(e.pid))
			texts[i] = toolkit.Printable(values[i].(string))
		case string:
			values[i], texts[i] = v, toolkit.Printable(v)
		default:
			values[i], texts[i] = v, v
		}
	}
	return record{
		PID: e.pid, TID: e.tid, Comm: e.comm.String(), Function: e.function(), Probe: e.probe.spec.Text,
		Message: e.probe.format.print(texts), Values: values,
	}
}

func (p *printer) symbol(a address, pid int) string {
	if !a.process {
		pid = bccgo.KernelPID
	}
	return p.symbols.Sym(a.of, pid, symbolForm)
}

// symbolForm is how functions are shown.
var symbolForm = &bccgo.SymOptions{Offset: true, Module: true}

// line is an event's, without the columns that are printed on demand.
func (p *printer) line(r record) string {
	return fmt.Sprintf("%-7d %-7d %-15s %-16s %s\n", r.PID, r.TID,
		toolkit.Printable(r.Comm), toolkit.Printable(r.Function), r.Message)
}

// put prints an event, or counts it.
func (p *printer) put(e *event, r record, text string) error {
	if p.aggregate {
		if p.counts[text] == nil {
			p.counts[text] = &counted{text, r}
		}
		p.counts[text].record.Count++
		return nil
	}
	at := bccgo.KtimeToTime(e.time)
	if p.s.JSON {
		r.Time, r.CPU = &at, &e.cpu
		return p.s.Out.JSON(r)
	}
	if p.stacks() {
		text += "\n"
	}
	return p.s.Out.Printf("%s%s", p.first(p.time(e, at), fmt.Sprint(e.cpu)), text)
}

// time is what the column TIME has.
func (p *printer) time(e *event, at time.Time) string {
	switch {
	case p.unix:
		return fmt.Sprintf("%.6f", float64(at.UnixMicro())/1e6)
	case p.timestamp:
		return fmt.Sprintf("%.6f", time.Duration(e.time-p.begin).Seconds())
	}
	return at.Format("15:04:05")
}

// finish prints what --aggregate counted, the most frequent lines first.
func (p *printer) finish() error {
	byCount := func(a, b *counted) int {
		return cmp.Or(cmp.Compare(b.record.Count, a.record.Count), cmp.Compare(a.text, b.text))
	}
	for _, c := range slices.SortedFunc(maps.Values(p.counts), byCount) {
		if err := p.putCount(c); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) putCount(c *counted) error {
	if p.s.JSON {
		return p.s.Out.JSON(c.record)
	}
	return p.s.Out.Printf("%s-->COUNT %d\n\n", c.text, c.record.Count)
}
