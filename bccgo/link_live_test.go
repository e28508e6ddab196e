package bccgo

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestLiveTracepointRe(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	l, err := m.AttachTracepointRe("syscalls:sys_(enter|exit)_getppid", "first")
	if err != nil {
		t.Fatal(err)
	}
	both := []string{"syscalls:sys_enter_getppid", "syscalls:sys_exit_getppid"}
	if got := l.Targets(); !slices.Equal(got, both) || len(l.Refused()) != 0 || m.NumOpenTracepoints() != 2 {
		t.Errorf("targets %v, refused %v, %d open", got, l.Refused(), m.NumOpenTracepoints())
	}
	wantHits(t, m, 3, map[uint32]int{1: 2})

	again, err := m.AttachTracepointRe("syscalls:sys_e.*_getppi.", "second")
	if err != nil {
		t.Fatal(err)
	}
	wantHits(t, m, 3, map[uint32]int{1: 2, 2: 2})
	if err := m.DetachTracepoint(both[0], "first"); err != nil {
		t.Fatal(err)
	}
	if got := l.Targets(); !slices.Equal(got, both[1:]) || m.NumOpenTracepoints() != 3 {
		t.Errorf("targets %v, %d open", got, m.NumOpenTracepoints())
	}
	wantHits(t, m, 3, map[uint32]int{1: 1, 2: 2})
	if err := m.DetachTracepoint(both[1], ""); err != nil {
		t.Fatal(err)
	}
	wantHits(t, m, 3, map[uint32]int{2: 1})
	if got := m.Links(); len(got) != 1 || got[0] != again {
		t.Errorf("left %v", got)
	}
	if err := m.DetachTracepoint("syscalls:sys_e.*_getppi.", ""); err != nil {
		t.Fatal(err)
	}
	wantHits(t, m, 3, nil)
	if m.NumOpenTracepoints() != 0 || len(m.Links()) != 0 {
		t.Errorf("%d open, left %v", m.NumOpenTracepoints(), m.Links())
	}
}

func TestLiveTracepointReErrors(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	var match *MatchError
	for _, pattern := range []string{"sys_enter_getppid", "syscalls:sys_enter_getpp", "no:such"} {
		if _, err := m.AttachTracepointRe(pattern, "first"); !errors.As(err, &match) || match.Pattern != pattern || len(match.Refused) != 0 {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	var attach *AttachError
	for _, pattern := range []string{"", "(", "a\\", "(?=x)"} {
		if _, err := m.AttachTracepointRe(pattern, "first"); !errors.As(err, &attach) || attach.Target != pattern {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	var unknown *UnknownError
	if _, err := m.AttachTracepointRe("syscalls:sys_enter_getppid", "nothing"); !errors.As(err, &unknown) {
		t.Errorf("unknown function: %v", err)
	}
	if len(m.Links()) != 0 {
		t.Errorf("left %v", m.Links())
	}
}

// TestLiveAttachTwice wants a second attachment of a function to work or to
// fail, never to be forgotten.
func TestLiveAttachTwice(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	for probeText, function := range map[string]string{
		"tracepoint:syscalls:sys_enter_getppid": "first",
		"raw_tracepoint:sys_enter":              "syscalls",
	} {
		l, err := m.Attach(probeText, function)
		if err != nil {
			t.Fatal(err)
		}
		var already *AlreadyAttachedError
		if _, err := m.Attach(probeText, function); !errors.As(err, &already) || already.Link != l {
			t.Errorf("%s: %v", probeText, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := m.Attach(probeText, function); err != nil {
			t.Errorf("%s, after closing the first: %v", probeText, err)
		}
	}
	wantHits(t, m, 4, map[uint32]int{1: 1, 5: 1})

	var match *MatchError
	if _, err := m.AttachTracepointRe("syscalls:sys_enter_getppid", "first"); !errors.As(err, &match) || len(match.Refused) != 1 {
		t.Errorf("all matches refused: %v", err)
	}
	l, err := m.AttachTracepointRe("syscalls:sys_.*_getppid", "first")
	if err != nil {
		t.Fatal(err)
	}
	if r := l.Refused(); len(r) != 1 || r[0].Probe != "tracepoint:syscalls:sys_enter_getppid" || len(l.Targets()) != 1 {
		t.Errorf("refused %v of %v", r, l.Targets())
	}
	wantHits(t, m, 4, map[uint32]int{1: 2, 5: 1})
}

func TestLiveDetach(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	const event = "syscalls:sys_enter_getppid"
	attach := func(probeText, function string) {
		t.Helper()
		if _, err := m.Attach(probeText, function); err != nil {
			t.Fatal(err)
		}
	}
	attach("tracepoint:"+event, "first")
	attach("tracepoint:"+event, "second")
	attach("raw_tracepoint:sys_enter", "syscalls")
	if m.NumOpenTracepoints() != 2 || m.NumOpenKprobes() != 0 || m.NumOpenUprobes() != 0 {
		t.Errorf("%d, %d, %d open", m.NumOpenTracepoints(), m.NumOpenKprobes(), m.NumOpenUprobes())
	}
	if err := m.DetachTracepoint(event, "first"); err != nil {
		t.Fatal(err)
	}
	wantHits(t, m, 2, map[uint32]int{2: 1, 5: 1})
	attach("tracepoint:"+event, "third")
	if err := m.DetachTracepoint(event, ""); err != nil {
		t.Fatal(err)
	}
	wantHits(t, m, 2, map[uint32]int{5: 1})
	if err := m.DetachRawTracepoint("sys_enter", "syscalls"); err != nil {
		t.Fatal(err)
	}
	wantHits(t, m, 2, nil)
}

func TestLiveDetachErrors(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := counter(t)
	const event = "syscalls:sys_enter_getppid"
	if _, err := m.AttachTracepoint(event, "first"); err != nil {
		t.Fatal(err)
	}
	var not *NotAttachedError
	for _, detach := range []func() error{
		func() error { return m.DetachTracepoint(event, "second") },
		func() error { return m.DetachTracepoint("syscalls:sys_enter_getpid", "") },
		func() error { return m.DetachTracepoint("", "") },
		func() error { return m.DetachRawTracepoint(event, "") },
		func() error { return m.DetachKprobe(event, "") },
		func() error { return m.DetachKretprobe("vfs_read", "first") },
	} {
		if err := detach(); !errors.As(err, &not) {
			t.Errorf("got %v", err)
		}
	}
	if err := m.DetachTracepoint("syscalls:sys_enter_getpid", ""); !strings.Contains(err.Error(), "did you mean "+event) {
		t.Errorf("got %v", err)
	}
	wantHits(t, m, 2, map[uint32]int{1: 1})
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.DetachTracepoint(event, ""); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	var none *Module
	if err := none.DetachKprobe("vfs_read", ""); err == nil || none.NumOpenKprobes() != 0 {
		t.Errorf("no module: %v", err)
	}
}

func TestProbeLimit(t *testing.T) {
	for value, want := range map[string]int{"": 1000, "7": 7, "0": 0, "-1": 1000, "many": 1000, "99999999999": 1000} {
		t.Setenv("BCC_PROBE_LIMIT", value)
		if got := ProbeLimit(); got != want {
			t.Errorf("%q: %d, want %d", value, got, want)
		}
	}
	open := int(openProbes.Load())
	t.Setenv("BCC_PROBE_LIMIT", "3")
	if open != 0 {
		t.Fatalf("%d probes open", open)
	}
	if err := reserveProbes(3); err != nil {
		t.Error(err)
	}
	var limit *ProbeLimitError
	for _, err := range []error{reserveProbes(1), checkProbes(1)} {
		if !errors.As(err, &limit) || *limit != (ProbeLimitError{Limit: 3, Open: 3, Wanted: 1}) {
			t.Errorf("got %v", err)
		}
	}
	if err := reserveProbes(0); err != nil {
		t.Error(err)
	}
	releaseProbes(3)
	if n := openProbes.Load(); n != 0 {
		t.Errorf("%d probes open at the end", n)
	}
}
