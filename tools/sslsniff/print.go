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

// call is a call that returned data, or a handshake; its fields are the JSON
// object's.
type call struct {
	Time     time.Time `json:"time"` // of the return
	Event    string    `json:"event"`
	Library  string    `json:"library"`
	Function string    `json:"function"`
	PID      uint32    `json:"pid"`
	TID      uint32    `json:"tid"`
	UID      uint32    `json:"uid"`
	Comm     string    `json:"comm"`
	Latency  uint64    `json:"latency_ns"`
	// Length is how many bytes the call read or wrote. The data may be fewer:
	// Truncated says how many are beyond --max-buffer-size, Lost how many did not
	// arrive.
	Length     uint64 `json:"length"`
	Truncated  uint64 `json:"truncated_bytes,omitempty"`
	Lost       uint64 `json:"lost_bytes,omitempty"`
	Unreadable uint64 `json:"unreadable_bytes,omitempty"`
	// Text is the data with U+FFFD for bytes that are not UTF-8, Data the bytes.
	Text string `json:"data_text,omitempty"`
	Data []byte `json:"data_base64,omitempty"`

	ktime uint64
	what  string
}

// printer puts pieces together and prints the calls.
type printer struct {
	*options
	s *toolkit.Session
	// open are the calls of which pieces are still to come, by thread.
	open map[uint32]*call
	// start is the time of the first event, that of TIME(s) 0.
	start uint64

	reads, writes, handshakes counter
}

// counter counts calls and their bytes.
type counter struct{ calls, bytes uint64 }

func newPrinter(o *options, s *toolkit.Session) *printer {
	return &printer{options: o, s: s, open: make(map[uint32]*call)}
}

// record takes one piece of a call, of which data, or the beginning of it, is the
// bytes. A thread sends all pieces of a call before those of another.
func (p *printer) record(ev *event, data []byte) error {
	c := p.open[ev.TID]
	if c != nil && c.ktime != ev.Time {
		if err := p.complete(c); err != nil {
			return err
		}
		c = nil
	}
	if c == nil {
		c = newCall(ev)
		p.open[ev.TID] = c
	}
	c.add(ev, data)
	if ev.Last == 0 {
		return nil
	}
	delete(p.open, ev.TID)
	return p.complete(c)
}

// eventNames are the JSON object's words for what functions do.
var eventNames = map[string]string{reads: "read", writes: "write", handshakes: "handshake"}

func newCall(ev *event) *call {
	f := functions[ev.Function]
	return &call{
		Time: bccgo.KtimeToTime(ev.Time), Event: eventNames[f.what], Library: kindOf(f.symbol).name, Function: f.symbol,
		PID: ev.PID, TID: ev.TID, UID: ev.UID, Comm: ev.Comm.String(), Latency: ev.Delta, Length: ev.Length,
		ktime: ev.Time, what: f.what,
	}
}

// add appends a piece.
func (c *call) add(ev *event, data []byte) {
	if ev.Size < 0 {
		c.Unreadable += min(pieceSize, c.Length-uint64(ev.Offset))
		return
	}
	c.Data = append(c.Data, data[:ev.Size]...)
}

// finish prints the calls whose last piece got lost, and sums up for --stats.
func (p *printer) finish() error {
	left := slices.SortedFunc(maps.Values(p.open), func(a, b *call) int { return cmp.Compare(a.ktime, b.ktime) })
	for _, c := range left {
		if err := p.complete(c); err != nil {
			return err
		}
	}
	if p.s.Stats {
		p.s.Warnf("%d reads of %d bytes, %d writes of %d bytes, %d handshakes",
			p.reads.calls, p.reads.bytes, p.writes.calls, p.writes.bytes, p.handshakes.calls)
	}
	return nil
}

// complete prints a call of which no more pieces come.
func (p *printer) complete(c *call) error {
	p.count(c)
	if c.what != handshakes {
		copied := min(c.Length, uint64(p.limit))
		c.Truncated = c.Length - copied
		c.Unreadable = min(c.Unreadable, copied)
		c.Lost = copied - c.Unreadable - uint64(len(c.Data))
	}
	if p.start == 0 {
		p.start = c.ktime
	}
	if p.s.JSON {
		c.Text = validUTF8(c.Data)
		return p.s.Out.JSON(c)
	}
	return p.s.Out.Printf("%s\n%s", p.row(c), p.block(c))
}

func (p *printer) count(c *call) {
	sum := map[string]*counter{reads: &p.reads, writes: &p.writes, handshakes: &p.handshakes}[c.what]
	sum.calls++
	sum.bytes += c.Length
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s\n", p.columns("FUNC", "TIME(s)", "COMM", "PID", "LEN", "UID", "TID", "LAT(ms)"))
}

func (p *printer) row(c *call) string {
	return p.columns(c.what, fmt.Sprintf("%.9f", time.Duration(c.ktime-p.start).Seconds()), toolkit.Printable(c.Comm), c.PID, c.Length,
		c.UID, c.TID, fmt.Sprintf("%.3f", float64(c.Latency)/1e6))
}

// columns are the columns that are wanted.
func (p *printer) columns(what, at, comm string, pid, length, uid, tid any, latency string) string {
	line := fmt.Sprintf("%-12s %-18s %-16s %-7v %-6v", what, at, comm, pid, length)
	if p.extra {
		line += fmt.Sprintf(" %-7v %-7v", uid, tid)
	}
	if p.latency {
		line += fmt.Sprintf(" %-7s", latency)
	}
	return strings.TrimRight(line, " ")
}

// block is the data between marks, which say what of it is missing.
func (p *printer) block(c *call) string {
	if c.what == handshakes {
		return ""
	}
	var missing []string
	for _, m := range []struct {
		bytes  uint64
		format string
	}{
		{c.Truncated, "TRUNCATED, %d bytes lost"}, // in BCC's words
		{c.Lost, "%d bytes did not arrive"},
		{c.Unreadable, "%d bytes unreadable"},
	} {
		if m.bytes > 0 {
			missing = append(missing, fmt.Sprintf(m.format, m.bytes))
		}
	}
	end := "END DATA"
	if len(missing) > 0 {
		end += " (" + strings.Join(missing, "; ") + ")"
	}
	return fmt.Sprintf("----- DATA -----\n%s\n----- %s -----\n\n", p.dataText(c.Data), end)
}

func (p *printer) dataText(data []byte) string {
	if p.hexdump {
		return hexDump(data)
	}
	return plainText(data)
}
