package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

// text is a value that is text.
type text string

func (t text) String() string               { return string(t) }
func (t text) MarshalJSON() ([]byte, error) { return json.Marshal(string(t)) }

// num is a value that is a number.
type num uint64

func (n num) String() string               { return fmt.Sprint(uint64(n)) }
func (n num) MarshalJSON() ([]byte, error) { return json.Marshal(uint64(n)) }
func (n num) Uint() (uint64, bool)         { return uint64(n), true }

// object is a value that is a struct.
type object struct{ text, json string }

func (o object) String() string               { return o.text }
func (o object) MarshalJSON() ([]byte, error) { return []byte(o.json), nil }

var samples = []struct {
	name       string
	print      func(printer) error
	text, json string
}{
	{"event", func(p printer) error {
		return p.event(event{table: "events", cpu: 1, data: object{"pid=7 comm=a<b", `{"pid":7,"comm":"a<b"}`}})
	}, "events: pid=7 comm=a<b\n", `{"type":"event","table":"events","cpu":1,"data":{"pid":7,"comm":"a<b"}}` + "\n"},
	{"event of CPU 0", func(p printer) error { return p.event(event{table: "e", data: num(3)}) },
		"e: 3\n", `{"type":"event","table":"e","cpu":0,"data":3}` + "\n"},
	{"event of a ring", func(p printer) error { return p.event(event{table: "ring", cpu: -1, data: num(3)}) },
		"ring: 3\n", `{"type":"event","table":"ring","data":3}` + "\n"},
	{"event without type", func(p printer) error {
		return p.event(event{table: "events", cpu: 2, raw: []byte{0, 0x1f, 0xff}})
	}, "events: 001fff\n", `{"type":"event","table":"events","cpu":2,"raw":"001fff"}` + "\n"},
	{"iterator", func(p printer) error { return p.lines(lines{name: "task", text: []string{"1 init", "2 <b>"}}) },
		"\ntask:\n1 init\n2 <b>\n", `{"type":"iterator","name":"task","lines":["1 init","2 <b>"]}` + "\n"},
	{"trace", func(p printer) error {
		return p.trace(bccgo.TraceLine{Task: "sh", PID: 42, CPU: 1, Flags: "d..31", Timestamp: 12.5, Event: "bpf_trace_printk", Message: `say "x"`})
	}, "sh-42 [001] 12.500000: say \"x\"\n",
		`{"type":"trace","task":"sh","pid":42,"cpu":1,"flags":"d..31","timestamp":12.5,"message":"say \"x\""}` + "\n"},
	{"table", func(p printer) error {
		return p.table(table{name: "counts", kind: "Hash", entries: []entry{
			{key: text("a"), value: num(1)}, {key: text("größer"), value: num(22)}, {key: text(strings.Repeat("k", 61)), value: num(3)}}})
	}, "\ncounts:\n  a       1\n  größer  22\n  " + strings.Repeat("k", 61) + "  3\n",
		`{"type":"table","name":"counts","kind":"Hash","entries":[{"key":"a","value":1},{"key":"größer","value":22},{"key":"` +
			strings.Repeat("k", 61) + `","value":3}]}` + "\n"},
	{"per-CPU table", func(p printer) error {
		return p.table(table{name: "c", kind: "PerCPUHash", entries: []entry{
			{key: num(1), value: num(2), perCPU: []value{num(2), num(5)}},
			{key: num(2), value: text("a"), perCPU: []value{text("a"), text("b")}}}})
	}, "\nc:\n  1  7\n  2  [a b]\n",
		`{"type":"table","name":"c","kind":"PerCPUHash","entries":[{"key":1,"value":[2,5]},{"key":2,"value":["a","b"]}]}` + "\n"},
	{"log2 histogram", func(p printer) error {
		return p.histogram(histogram{name: "dist", log2: true, sections: []bccgo.Section{{Counts: []uint64{0, 4, 2}}}})
	}, "\ndist:\n     value               : count     distribution\n" +
		"         0 -> 1          : 4        |****************************************|\n" +
		"         2 -> 3          : 2        |********************                    |\n",
		`{"type":"histogram","name":"dist","scale":"log2","sections":[{"data":[{"interval-start":0,"interval-end":1,"count":4},` +
			`{"interval-start":2,"interval-end":3,"count":2}]}]}` + "\n"},
	{"linear histogram by key", func(p printer) error {
		return p.histogram(histogram{name: "lin", sections: []bccgo.Section{{Key: text("sda"), Counts: []uint64{0, 2}}}})
	}, "\nlin:\n\nkey = sda\n     value         : count     distribution\n" +
		"        0          : 0        |                                        |\n" +
		"        1          : 2        |****************************************|\n",
		`{"type":"histogram","name":"lin","scale":"linear","sections":[{"key":"sda","data":[{"interval-start":0,"interval-end":0,"count":0},` +
			`{"interval-start":1,"interval-end":1,"count":2}]}]}` + "\n"},
}

func TestText(t *testing.T) {
	for _, sample := range samples {
		var out, notes bytes.Buffer
		if err := sample.print(&textPrinter{out: &out, notes: &notes}); err != nil {
			t.Errorf("%s: %v", sample.name, err)
		}
		if out.String() != sample.text || notes.Len() > 0 {
			t.Errorf("%s: got\n%s%swant\n%s", sample.name, out.String(), notes.String(), sample.text)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, sample := range samples {
		var out bytes.Buffer
		if err := sample.print(&jsonPrinter{out: &out}); err != nil {
			t.Errorf("%s: %v", sample.name, err)
		}
		if out.String() != sample.json {
			t.Errorf("%s: got\n%swant\n%s", sample.name, out.String(), sample.json)
		}
		if !json.Valid(out.Bytes()) {
			t.Errorf("%s: not JSON: %s", sample.name, out.String())
		}
	}
}

func TestLost(t *testing.T) {
	var out, notes bytes.Buffer
	l := lost{table: "events", cpu: 1, count: 9}
	if err := (&textPrinter{out: &out, notes: &notes}).lost(l); err != nil {
		t.Fatal(err)
	}
	if want := "bccgo: lost 9 events of events on CPU 1\n"; out.Len() > 0 || notes.String() != want {
		t.Errorf("text: stdout %q, stderr %q", out.String(), notes.String())
	}
	if err := (&jsonPrinter{out: &out}).lost(l); err != nil {
		t.Fatal(err)
	}
	if want := `{"type":"lost","table":"events","cpu":1,"count":9}` + "\n"; out.String() != want {
		t.Errorf("JSON: %s", out.String())
	}
}

// broken fails every write.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestPrintersReportTheWriter(t *testing.T) {
	for _, sample := range samples {
		for _, p := range []printer{&textPrinter{out: broken{}, notes: broken{}}, &jsonPrinter{out: broken{}}} {
			if err := sample.print(p); !errors.Is(err, errBroken) {
				t.Errorf("%s with %T: got %v", sample.name, p, err)
			}
		}
	}
}

func TestSlotOutOfRange(t *testing.T) {
	h := histogram{name: "dist", log2: true, sections: []bccgo.Section{{Counts: append(make([]uint64, 70), 1)}}}
	for _, p := range []printer{&textPrinter{out: new(bytes.Buffer)}, &jsonPrinter{out: new(bytes.Buffer)}} {
		if err := p.histogram(h); err == nil || !strings.Contains(err.Error(), "print histogram dist") {
			t.Errorf("%T: got %v", p, err)
		}
	}
}
