package bccgo

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// eachWay runs a test with uprobe_multi, where the kernel has it, and without.
func eachWay(t *testing.T, test func(t *testing.T, multi bool)) {
	was := uprobeMulti
	t.Cleanup(func() { uprobeMulti = was })
	if SupportUprobeMulti() == nil {
		uprobeMulti = func(int) bool { return true }
		t.Run("together", func(t *testing.T) { test(t, true) })
	}
	uprobeMulti = func(int) bool { return false }
	t.Run("one by one", func(t *testing.T) { test(t, false) })
}

func TestLiveSupportUprobeMulti(t *testing.T) {
	testenv.Live(t)
	version, err := probe.Running().Version()
	if err != nil {
		t.Fatal(err)
	}
	err = SupportUprobeMulti()
	var unsupported *UnsupportedError
	if has := version.AtLeast(6, 6); has != (err == nil) || !has && !errors.As(err, &unsupported) {
		t.Errorf("Linux %v: %v", version, err)
	}
}

func TestLiveUprobeRe(t *testing.T) {
	testenv.Live(t)
	eachWay(t, func(t *testing.T, multi bool) {
		c := startCalculator(t, "-no-pie")
		m := loadLive(t, callText, nil)
		add, mul, neg := addressBy(t, c.path, "calc_add"), addressBy(t, c.path, "calc_mul"), addressBy(t, c.path, "calc_neg")
		o := &UprobeOptions{PID: c.pid}
		l, err := m.AttachUprobeRe(c.path, "calc_.*", "on_call", o)
		if err != nil {
			t.Fatal(err)
		}
		// calc_minus is another name of calc_neg.
		in := inProcess(c.pid)
		want := []string{c.path + ":calc_add" + in, c.path + ":calc_minus" + in, c.path + ":calc_mul" + in}
		if got := l.Targets(); !slices.Equal(got, want) || m.NumOpenUprobes() != 3 || len(l.Refused()) != 0 {
			t.Errorf("targets %q, %d in all, refused %v", got, m.NumOpenUprobes(), l.Refused())
		}
		if parts := len(l.closer.(*group).parts); multi != (parts == 1) {
			t.Errorf("%d kernel links", parts)
		}
		c.wantHits(m, "aammano", map[uint64]uint64{add: 3, mul: 2, neg: 1})
		c.wantHits(m, "t", map[uint64]uint64{add: 1})

		if err := m.DetachUprobe(c.path, "calc_add", o); err != nil {
			t.Fatal(err)
		}
		c.wantHits(m, "amn", map[uint64]uint64{mul: 1, neg: 1})
		if err := m.DetachUprobe(c.path, "calc_.*", o); err != nil {
			t.Fatal(err)
		}
		c.wantHits(m, "amn", map[uint64]uint64{})
		var none *NotAttachedError
		if err := m.DetachUprobe(c.path, "calc_.*", o); !errors.As(err, &none) {
			t.Errorf("detaching again: %v", err)
		}
	})
}

// Only calls of the process that was asked for count.
func TestLiveUprobeRePID(t *testing.T) {
	testenv.Live(t)
	eachWay(t, func(t *testing.T, _ bool) {
		c := startCalculator(t, "-no-pie")
		d := startAnswering(t, c.path)
		m := loadLive(t, callText, nil)
		if _, err := m.AttachUprobeRe(c.path, "calc_(add|mul)", "on_call", &UprobeOptions{PID: c.pid}); err != nil {
			t.Fatal(err)
		}
		d.wantHits(m, "aamm", map[uint64]uint64{})
		c.wantOne(m, "the process", "a")
	})
}

func TestLiveUretprobeRe(t *testing.T) {
	testenv.Live(t)
	eachWay(t, func(t *testing.T, _ bool) {
		c := startCalculator(t)
		m := loadLive(t, callText, nil)
		o := &UprobeOptions{PID: c.pid}
		if _, err := m.AttachUretprobeRe(c.path, "calc_(add|mul)|other", "on_return", o); err != nil {
			t.Fatal(err)
		}
		c.wantHits(m, "aamno", map[uint64]uint64{5: 2, 6: 1, 1: 1})
		if err := m.DetachUretprobe(c.path, "other", o); err != nil {
			t.Error(err)
		}
		c.wantHits(m, "amno", map[uint64]uint64{5: 1, 6: 1})
	})
}

// An indirect function is probed where the calls go, under its own name.
func TestLiveUprobeReIndirect(t *testing.T) {
	testenv.Live(t)
	eachWay(t, func(t *testing.T, _ bool) {
		c := startCalculator(t)
		c.call("s")
		m := loadLive(t, callText, nil)
		l, err := m.AttachUprobeRe("c", "strlen", "on_call", &UprobeOptions{PID: c.pid})
		if err != nil {
			t.Fatal(err)
		}
		if targets := l.Targets(); len(targets) != 1 || !strings.HasSuffix(targets[0], ":strlen"+inProcess(c.pid)) {
			t.Errorf("targets %q", targets)
		}
		c.wantOne(m, "strlen", "s")
	})
}

// Without uprobe_multi each function counts for the limit.
func TestLiveUprobeReLimit(t *testing.T) {
	testenv.Live(t)
	eachWay(t, func(t *testing.T, multi bool) {
		c := startCalculator(t, "-no-pie")
		m := loadLive(t, callText, nil)
		t.Setenv("BCC_PROBE_LIMIT", "2")
		o := &UprobeOptions{PID: c.pid}
		_, err := m.AttachUprobeRe(c.path, "calc_.*", "on_call", o)
		var limit *ProbeLimitError
		if multi {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if !errors.As(err, &limit) || limit.Wanted != 3 || limit.Limit != 2 {
			t.Errorf("three beyond a limit of two: %v", err)
		}
		c.wantHits(m, "amn", map[uint64]uint64{})
		if _, err := m.AttachUprobeRe(c.path, "calc_(add|mul)", "on_call", o); err != nil {
			t.Errorf("two: %v", err)
		}
	})
}
