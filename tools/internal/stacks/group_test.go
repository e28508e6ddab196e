package stacks

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"github.com/bccgo/bcc/bccgo"
)

// woken are waits with wakers, two of which look the same without addresses.
func woken() []Sample {
	waker := &Waker{Comm: "w", PID: 3, TID: 4, Kernel: frames("try_to_wake_up", "ksys_write"), User: frames("poke", "run")}
	other := *waker
	other.Kernel = Stack{&bccgo.Frame{Addr: 0x9000, Symbol: bccgo.Symbol{Name: "try_to_wake_up"}}, waker.Kernel[1]}
	return []Sample{
		{Comm: "a", PID: 1, TID: 2, User: frames("await", "main"), Kernel: frames("schedule"), Waker: waker, Count: 60},
		{Comm: "a", PID: 1, TID: 2, User: frames("await", "main"), Kernel: frames("schedule"), Waker: &other, Count: 15},
		{Comm: "a", PID: 1, TID: 2, User: frames("await", "main"), Kernel: frames("schedule"), Count: 25},
		{Comm: "a", PID: 1, TID: 7, User: frames("await", "main"), Kernel: frames("schedule"), Count: 25},
	}
}

// What looks the same is one; the largest comes last, and of equal ones the order
// is always the same.
func TestGroup(t *testing.T) {
	show := func(samples []Sample) string {
		var all []string
		for _, s := range samples {
			all = append(all, fmt.Sprintf("%d/%d/%t", s.TID, s.Count, s.Waker != nil))
		}
		return strings.Join(all, " ")
	}
	for want, f := range map[string]Form{
		"2/25/false 7/25/false 2/75/true":           {},
		"2/15/true 2/25/false 7/25/false 2/60/true": {Address: true},
	} {
		if got := show(f.Group(woken())); got != want {
			t.Errorf("%+v: %s, want %s", f, got, want)
		}
	}
}

// A waker stands upside down on whom it woke.
func TestWakerPictures(t *testing.T) {
	r := &Run{Title: "x", Unit: "microseconds", Measure: "wait", Samples: woken()}
	want := []string{
		"all (125 microseconds, 100.00%)", "a [1] (125 microseconds, 100.00%)", "main (125 microseconds, 100.00%)", "await (125 microseconds, 100.00%)",
		"schedule (125 microseconds, 100.00%)", "try_to_wake_up (75 microseconds, 60.00%)", "ksys_write (75 microseconds, 60.00%)",
		"poke (75 microseconds, 60.00%)", "run (75 microseconds, 60.00%)", "w [3] (75 microseconds, 60.00%)",
	}
	if got := texts(t, flameGraph(t, r), "title"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var b bytes.Buffer
	if err := WritePprof(&b, r); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range p.Sample[0].Location {
		names = append(names, l.Line[0].Function.Name)
	}
	s := p.Sample[0]
	if got := strings.Join(names, " "); got != "run poke ksys_write try_to_wake_up schedule await main" || s.Label["waker_comm"][0] != "w" ||
		s.NumLabel["waker_tid"][0] != 4 || s.NumLabel["tid"][0] != 2 || p.SampleType[0].Type != "wait" || p.SampleType[0].Unit != "microseconds" {
		t.Errorf("%s, %+v, %+v", got, s, p.SampleType[0])
	}
}

// Lines have what the form asks for.
func TestLines(t *testing.T) {
	s := Stack{{Addr: 0xffffffff81000010, Symbol: bccgo.Symbol{Name: "schedule", Offset: 0x10}}, {Addr: 0x1000, Symbol: bccgo.Symbol{Name: "a\nb"}}}
	for want, f := range map[string]Form{
		"schedule\na\\nb\n":                                       {},
		"  schedule+0x10\n  a\\nb+0x0\n":                          {Offset: true, Indent: "  "},
		"ffffffff81000010 schedule_[k]\n1000             a\\nb\n": {Address: true, Marked: true},
	} {
		if got := f.Lines(s); got != want {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
}

// 10,000 stacks that are counted once each are put in order in no time.
func BenchmarkGroup(b *testing.B) {
	var samples []Sample
	for i := range 10000 {
		samples = append(samples, Sample{Comm: "a", User: frames(fmt.Sprint("f", i%100), fmt.Sprint("g", i), "main"), Count: 1})
	}
	for b.Loop() {

		Form{}.Group(samples)
	}
}
