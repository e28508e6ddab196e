package bccgo

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// needKprobeMulti skips the test on a kernel that was built without what
// kprobe_multi links are made of, as Debian's was up to 6.1.
func needKprobeMulti(t testing.TB) {
	t.Helper()
	err := SupportKprobeMulti()
	if err == nil {
		return
	}
	if set, _ := probe.Running().Config("CONFIG_FPROBE"); set == "" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// mechanisms runs a test with one link for many functions and with one each.
func mechanisms(t *testing.T, test func(t *testing.T, multi bool)) {
	t.Helper()
	t.Run("together", func(t *testing.T) {
		needKprobeMulti(t)
		test(t, true)
	})
	t.Run("one by one", func(t *testing.T) {
		canKprobeMulti = func() error { return errors.New("not in this test") }
		defer func() { canKprobeMulti = SupportKprobeMulti }()
		test(t, false)
	})
}

const callsRe = "__x64_sys_get(pgid|sid)"

func TestLiveKprobeRe(t *testing.T) {
	m := placeModule(t)
	mechanisms(t, func(t *testing.T, multi bool) {
		before := openProbes.Load()
		l, err := m.AttachKprobeRe(callsRe, "enter", nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"__x64_sys_getpgid", "__x64_sys_getsid"}; !slices.Equal(l.Targets(), want) || m.NumOpenKprobes() != 2 {
			t.Errorf("targets %v, %d open", l.Targets(), m.NumOpenKprobes())
		}
		if got, want := openProbes.Load()-before, map[bool]int64{true: 1, false: 2}[multi]; got != want {
			t.Errorf("%d of the limit taken, want %d", got, want)
		}
		pid := uint64(os.Getpid())
		got := placesOf(t, m)
		for name, hits := range map[string]uint64{"getpgid": 4, "getsid": 3} {
			if p := got[name]; p.Hits != hits || p.Argument != pid {
				t.Errorf("%s: %+v, want %d hits with argument %d", name, p, hits, pid)
			}
			if symbol := KSym(got[name].IP, nil); !strings.Contains(symbol, name) {
				t.Errorf("%s: PT_REGS_IP is in %s", name, symbol)
			}
		}
		// One of the matches alone, then the rest.
		if err := m.DetachKprobe("sys_getsid", "enter"); err != nil {
			t.Fatal(err)
		}
		if got := placesOf(t, m); got["getpgid"].Hits != 4 || got["getsid"].Hits != 0 || m.NumOpenKprobes() != 1 {
			t.Errorf("after detaching one: %+v, %d open", got, m.NumOpenKprobes())
		}
		if err := m.DetachKprobe(callsRe, ""); err != nil {
			t.Fatal(err)
		}
		if got := placesOf(t, m); len(got) != 0 || m.NumOpenKprobes() != 0 || openProbes.Load() != before {
			t.Errorf("after detaching all: %+v, %d open, %d of the limit", got, m.NumOpenKprobes(), openProbes.Load()-before)
		}
	})
}

func TestLiveKretprobeRe(t *testing.T) {
	m := placeModule(t)
	pgid, err := unix.Getpgid(0)
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, l *Link, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if p := placesOf(t, m)["getpgid"]; p.Hits != 4 || p.Result != uint64(pgid) {
			t.Errorf("%+v, want 4 hits with result %d", p, pgid)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	mechanisms(t, func(t *testing.T, _ bool) {
		l, err := m.AttachKretprobeRe(callsRe, "leave", nil)
		check(t, l, err)
	})
	t.Run("maxactive", func(t *testing.T) {
		before := probeEvents(t)
		l, err := m.AttachKretprobeRe(callsRe, "leave", &KprobeOptions{MaxActive: 7})
		if lines := probeEvents(t); err == nil && strings.Count(lines, "r7:") != 2 {
			t.Errorf("kprobe_events has\n%s", lines)
		}
		check(t, l, err)
		if lines := probeEvents(t); lines != before {
			t.Errorf("left in kprobe_events\n%s", lines)
		}
	})
}

func TestLiveKprobeReErrors(t *testing.T) {
	m := placeModule(t)
	mechanisms(t, func(t *testing.T, multi bool) {
		var match *MatchError
		for _, pattern := range []string{"no_such_function_here.*", "x64_sys_getpgid"} {
			if _, err := m.AttachKprobeRe(pattern, "enter", nil); !errors.As(err, &match) || len(match.Refused) != 0 {
				t.Errorf("%s: %v", pattern, err)
			}
		}
		for _, pattern := range []string{"", "(", "(?!x)"} {
			var attach *AttachError
			if _, err := m.AttachKprobeRe(pattern, "enter", nil); !errors.As(err, &attach) {
				t.Errorf("%q: %v", pattern, err)
			}
		}
		var unknown *UnknownError
		if _, err := m.AttachKretprobeRe(callsRe, "nothing", nil); !errors.As(err, &unknown) {
			t.Errorf("unknown function: %v", err)
		}
		if _, err := m.AttachKretprobeRe(callsRe, "leave", &KprobeOptions{Offset: 4}); err == nil {
			t.Error("a return probe with an offset was attached")
		}
		t.Setenv("BCC_PROBE_LIMIT", "1")
		_, err := m.AttachKprobeRe(callsRe, "enter", nil)
		var limit *ProbeLimitError
		if multi != (err == nil) || !multi && (!errors.As(err, &limit) || limit.Wanted != 2) {
			t.Errorf("under a limit of 1: %v", err)
		}
		if multi {
			if _, err := m.AttachKprobe("sys_getsid", "enter", nil); !errors.As(err, &limit) || limit.Open != 1 {
				t.Errorf("above the limit: %v", err)
			}
			if err := m.DetachKprobe(callsRe, ""); err != nil {
				t.Error(err)
			}
		}
		if len(m.Links()) != 0 {
			t.Errorf("left %v", m.Links())
		}
	})
}

// TestLiveKprobesRefused gives functions that exist to what cannot take them:
// the good ones are attached to, and the others are named.
func TestLiveKprobesRefused(t *testing.T) {
	m := placeModule(t)
	needKprobeMulti(t)
	good, err := probe.Running().KprobeFunctions(func(name []byte) bool {
		return string(name) == "__x64_sys_getpgid" || string(name) == "__x64_sys_getsid" || string(name) == "vfs_read"
	})
	if err != nil || len(good) != 3 {
		t.Fatalf("%v, %v", good, err)
	}
	p, err := m.programAs("enter", loadAs{typ: Kprobe, attach: ebpf.AttachTraceKprobeMulti})
	if err != nil {
		t.Fatal(err)
	}
	bad := probe.Function{Name: "inside", Addr: good[1].Addr + 3}
	a := &kprobesAttach{hook: kprobeHook, program: p, functions: append(slices.Clone(good), bad)}
	if err := a.together(); err != nil {
		t.Fatal(err)
	}
	if len(a.refused) != 1 || a.refused[0].Probe != "kprobe:inside" || len(a.group.names()) != 3 {
		t.Errorf("refused %v, attached %v", a.refused, a.group.names())
	}
	if got := placesOf(t, m); got["getpgid"].Hits != 4 || got["getsid"].Hits != 3 {
		t.Errorf("noted %+v", got)
	}
	if err := a.group.Close(); err != nil {
		t.Error(err)
	}
}
