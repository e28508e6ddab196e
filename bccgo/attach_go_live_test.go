package bccgo

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// Arguments and results are what the program passes, in registers and on the
// stack.
func TestLiveGoArguments(t *testing.T) {
	liveHere(t)
	g := startGo(t)
	g.both("main.add", "main.sum", "main.weigh", "main.scale", "main.divide", "main.narrow", "main.(*counter).Add", "main.careful")
	show := func(e goEvent, values, stack int) string {
		return strings.TrimSpace(fmt.Sprintf("%v %v", e.Values[:values], e.Stack[:stack]))
	}
	for _, want := range []struct {
		letter                 string
		values, stack, results int
		events                 []string
	}{
		{"a", 2, 0, 1, []string{"[2 -3] []", "[-1] []"}},
		{"b", 1, 2, 1, []string{"[5] [3 4]", "[60] []"}},
		// A floating-point number takes none of these registers.
		{"f", 1, 0, 0, []string{"[7] []", "[] []"}},
		{"d", 2, 0, 2, []string{"[17 5] []", "[3 2] []", "[1 0] []", "[0 0] []"}},
		// A panic that was recovered from returns as well.
		{"p", 1, 0, 1, []string{"[1] []", "[1] []", "[2] []", "[-1] []"}},
	} {
		var got []string
		for _, e := range g.do(want.letter) {
			if e.End == 0 {
				got = append(got, show(e, want.values, want.stack))
			} else {
				got = append(got, show(e, want.results, 0))
			}
		}
		if !slices.Equal(got, want.events) {
			t.Errorf("%s: %q, want %q", want.letter, got, want.events)
		}
	}
	for _, e := range g.do("l") {
		if e.End == 0 && (e.Values[1] != 3 || e.Values[2] != 3 || e.Values[0] == 0) || e.End == 1 && e.Values[0] != 18 {
			t.Errorf("slice: %v", e.Values)
		}
	}
	// What is above a narrow value's bits in its register is anything.
	narrow := g.do("n")
	if len(narrow) != 2 || int8(narrow[0].Values[0]) != -2 || uint16(narrow[0].Values[1]) != 65535 ||
		uint8(narrow[0].Values[2]) != 1 || uint8(narrow[1].Values[0]) != 253 {
		t.Errorf("narrow: %v", narrow)
	}
	method := g.do("m")
	if len(method) != 2 || method[0].Values[1] != 9 || method[1].Values[0] != 9 || method[0].Values[0] == 0 {
		t.Errorf("method: %v", method)
	}
	failed := g.do("d")
	if len(failed) != 4 || failed[1].Values[2] != 0 || failed[3].Values[2] == 0 {
		t.Errorf("an error is not seen in the third result: %v", failed)
	}
}

// Strings are cut to the room there is.
func TestLiveGoStrings(t *testing.T) {
	liveHere(t)
	g := startGo(t)
	o := &UprobeOptions{PID: g.pid, Go: true}
	must(g.module.AttachUprobe(g.path, "main.greet", "on_texts", o))(t)
	must(g.module.AttachUretprobe(g.path, "main.greet", "on_text", o))(t)
	var got []string
	for _, e := range g.do("s") {
		got = append(got, fmt.Sprintf("%d %s", e.Values[0], CString(e.Text[:])))
	}
	want := []string{"5 hello", "15 " + strings.Repeat("x", 15), "15 hello, xxxxxxxx"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The number of a goroutine is the one that it sees itself.
func TestLiveGoroutineID(t *testing.T) {
	liveHere(t)
	testenv.NeedUprobes(t)
	c := startAnswering(t, buildGo(t, goProgram))
	offset := must(GoroutineIDOffset(c.path, c.pid))(t)
	g := readGo(t, c, &Options{Defines: map[string]string{"GOID": fmt.Sprint(offset)}})
	must(g.module.AttachUprobe(g.path, "main.add", "on_goid", &UprobeOptions{PID: g.pid, Go: true}))(t)
	seen := make(map[int64]bool)
	for _, e := range g.do("i") {
		seen[e.Values[0]] = true
		if e.Values[0] != e.Values[1] {
			t.Errorf("goroutine %d is read as %d", e.Values[0], e.Values[1])
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d goroutines", len(seen))
	}
	var none *GoCodeError
	for _, path := range []string{buildGo(t, goProgram, "-ldflags=-s -w"), startCalculator(t).path} {
		if _, err := GoroutineIDOffset(path, 0); !errors.As(err, &none) {
			t.Errorf("%s: %v", path, err)
		}
	}
	var missing *FileError
	if _, err := GoroutineIDOffset("/no/such/file", 0); !errors.As(err, &missing) {
		t.Errorf("no file: %v", err)
	}
}

// Goroutines that move between threads in the middle of a call are told apart by
// PT_GO_G: every call has its result, and the program stays sound.
func TestLiveGoGoroutines(t *testing.T) {
	liveHere(t)
	eachWay(t, func(t *testing.T, _ bool) {
		g := startGo(t)
		g.both("main.slow")
		open := make(map[uint64]goEvent)
		moved, results := 0, make(map[int64]bool)
		for _, e := range g.do("g") {
			if e.End == 0 {
				open[e.G] = e
				continue
			}
			begun, ok := open[e.G]
			delete(open, e.G)
			if !ok || e.Values[0] != 2*begun.Values[0] {
				t.Errorf("a call with %d returns %d", begun.Values[0], e.Values[0])
			}
			if begun.TID != e.TID {
				moved++
			}
			results[e.Values[0]] = true
		}
		if len(results) != 200 || len(open) != 0 || moved == 0 {
			t.Errorf("%d results, %d calls without one, %d moved to another thread", len(results), len(open), moved)
		}
		if got := g.do("ga"); len(got) != 400 {
			t.Errorf("then %d events", len(got))
		}
	})
}

// A stack that grows in the middle of calls, which return probes of the kernel
// would crash. A call whose own frame makes it grow is seen once, and twice at the
// function's first instruction.
func TestLiveGoStackGrowth(t *testing.T) {
	liveHere(t)
	eachWay(t, func(t *testing.T, _ bool) {
		g := startGo(t)
		g.both("main.deep", "main.wide")
		entered, returned := make(map[int64]int), make(map[int64]int)
		for _, e := range g.do("k") {
			if e.End == 0 {
				entered[e.Values[0]]++
			} else {
				returned[e.Values[0]]++
			}
		}
		for n := range int64(101) {
			if result := n * (n + 1) / 2; entered[n] != 1 || returned[result] != 1 {
				t.Errorf("deep(%d): entered %d times, returned %d %d times", n, entered[n], result, returned[result])
			}
		}
		if len(entered) != 101 || len(returned) != 101 {
			t.Errorf("entered %v, returned %v", entered, returned)
		}
		once := g.do("w")
		if len(once) != 200 {
			t.Errorf("100 calls with a large frame: %d events", len(once))
		}
		must(g.module.AttachUprobe(g.path, "main.wide", "on_entry", &UprobeOptions{PID: g.pid}))(t)
		if n := len(g.do("w")); n <= 300 {
			t.Errorf("%d events with another probe on the first instruction, want some calls to start twice", n)
		}
	})
}

// By a regular expression each function has its return instructions, and is
// detached with all of them.
func TestLiveGoRe(t *testing.T) {
	liveHere(t)
	eachWay(t, func(t *testing.T, _ bool) {
		before := openProbes.Load()
		g := startGo(t)
		o := &UprobeOptions{PID: g.pid, Go: true}
		l := must(g.module.AttachUretprobeRe(g.path, `main\.(add|divide|forever)`, "on_return", o))(t)
		if n, r := len(l.Targets()), l.Refused(); n != 2 || len(r) != 1 || !strings.Contains(r[0].Err.Error(), "never returns") {
			t.Errorf("targets %q, refused %v", l.Targets(), r)
		}
		results := func(letters string) map[int64]int {
			found := make(map[int64]int)
			for _, e := range g.do(letters) {
				found[e.Values[0]]++
			}
			return found
		}
		if got, want := results("ad"), map[int64]int{-1: 1, 3: 1, 0: 1}; !maps.Equal(got, want) {
			t.Errorf("results %v, want %v", got, want)
		}
		if err := g.module.DetachUretprobe(g.path, "main.divide", o); err != nil {
			t.Error(err)
		}
		if got, want := results("ad"), map[int64]int{-1: 1}; !maps.Equal(got, want) {
			t.Errorf("without divide: results %v, want %v", got, want)
		}
		must(g.module.AttachUprobe(g.path, "main.divide", "on_entry", o))(t)
		if err := errors.Join(g.module.DetachUprobe(g.path, "main.divide", o), g.module.DetachUretprobe(g.path, "main.add", o)); err != nil {
			t.Error(err)
		}
		if got := results("ad"); len(got) != 0 {
			t.Errorf("detached: %v", got)
		}
		if n := openProbes.Load() - before; n != 0 {
			t.Errorf("%d probes are still counted", n)
		}
	})
}

// strip(1) and -ldflags=-s leave what tracebacks need, and that has the functions.
func TestLiveGoStripped(t *testing.T) {
	liveHere(t)
	g := startGo(t, "-ldflags=-s -w")
	g.both("main.divide")
	if got := g.do("d"); len(got) != 4 || got[1].Values[0] != 3 {
		t.Errorf("%v", got)
	}
}

func TestLiveGoRefused(t *testing.T) {
	liveHere(t)
	g := startGo(t)
	o := &UprobeOptions{PID: g.pid, Go: true}
	c := startCalculator(t)
	for _, b := range []struct {
		name, path, symbol string
		o                  *UprobeOptions
		want               string
		reason             AttachReason
	}{
		{"kernel's return probe", g.path, "main.add", &UprobeOptions{PID: g.pid}, "UprobeOptions.Go", ReasonGoReturn},
		{"no return", g.path, "main.forever", o, "never returns", ReasonGoReturn},
		{"tail call", g.path, "runtime.memequal", o, "returns in its place: probe memeqbody", ReasonGoReturn},
		{"assembly", g.path, "runtime.asyncPreempt", o, "runtime.asyncPreempt.abi0", ReasonAbsent},
		{"inlined", g.path, "main.tiny", o, "all of its callers", ReasonInlined},
		{"misspelt", g.path, "main.ad", o, "main.add", ReasonAbsent},
		{"not Go", c.path, "calc_add", &UprobeOptions{Go: true}, "not a Go program", ReasonOther},
		{"offset", g.path, "main.add", &UprobeOptions{Go: true, Offset: 1}, "symbol alone", ReasonOther},
		{"address", g.path, "", &UprobeOptions{Go: true, Address: 1}, "symbol alone", ReasonOther},
	} {
		_, err := g.module.AttachUretprobe(b.path, b.symbol, "on_return", b.o)
		wantReason(t, b.name, err, b.reason)
		if err == nil || !strings.Contains(err.Error(), b.want) {
			t.Errorf("%s: %v, want %q", b.name, err, b.want)
		}
	}
	var code *GoCodeError
	if _, err := g.module.AttachUretprobe(g.path, "main.forever", "on_return", o); !errors.As(err, &code) || code.Symbol != "main.forever" {
		t.Errorf("%v", err)
	}
	t.Setenv("BCC_PROBE_LIMIT", "1")
	uprobeWas := uprobeMulti
	t.Cleanup(func() { uprobeMulti = uprobeWas })
	uprobeMulti = func(int) bool { return false }
	wantReason(t, "limit", attachError(g.module.AttachUretprobe(g.path, "main.divide", "on_return", o)), ReasonLimit)
	if n := len(g.module.Links()); n != 0 {
		t.Errorf("%d links after failures", n)
	}
}
