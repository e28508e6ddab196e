package bccgo

import (
	"errors"
	"path/filepath"
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

func TestUserFunctions(t *testing.T) {
	path := buildC(t, "gcc", calculator, "-pthread", "-Wl,-Ttext-segment=0x10000000", "-no-pie")
	found, err := UserFunctions(path, "calc_.*")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Name)
		if addr := addressBy(t, path, f.Name); f.Address != addr || f.Offset != fileOffset(t, path, addr) || f.Size == 0 {
			t.Errorf("%+v, nm has %#x", f, addr)
		}
	}
	slices.Sort(names)
	if want := []string{"calc_add", "calc_minus", "calc_mul", "calc_neg"}; !slices.Equal(names, want) {
		t.Errorf("functions %q", names)
	}
	addresses, err := UserAddresses(path, "calc_(neg|minus|add)")
	want := []uint64{addressBy(t, path, "calc_add"), addressBy(t, path, "calc_neg")}
	slices.Sort(want)
	if err != nil || !slices.Equal(addresses, want) {
		t.Errorf("addresses %#x, %v; want %#x", addresses, err, want)
	}
	if none, err := UserFunctions(path, "calc"); err != nil || len(none) != 0 {
		t.Errorf("half a name: %v, %v", none, err)
	}
}

func TestUserFunctionsOfLibrary(t *testing.T) {
	found, err := UserFunctions("c", "malloc")
	if err != nil || len(found) != 1 || found[0].Name != "malloc" || !strings.HasPrefix(found[0].Version, "GLIBC_") {
		t.Errorf("%+v, %v", found, err)
	}
	found, err = UserFunctions("c", "strlen")
	if err != nil || len(found) != 1 || !found[0].Indirect {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestUserFunctionsBad(t *testing.T) {
	stripped := buildC(t, "gcc", calculator, "-pthread", "-s", "-static-pie")
	for _, c := range []struct{ name, re, want string }{
		{"c", "", "empty"},
		{"c", "a(", "missing closing )"},
		{"", "a", "the name is empty"},
		{"/no/such/file", "a", "/no/such/file"},
		{"no-such-library", "a", "no-such-library"},
		{"/etc/passwd", "a", "/etc/passwd"},
		{stripped, "a", "no symbols"},
	} {
		if _, err := UserFunctions(c.name, c.re); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: %v, want %q", c.name, c.re, err, c.want)
		}
		if _, err := UserAddresses(c.name, c.re); err == nil {
			t.Errorf("%q %q: addresses", c.name, c.re)
		}
	}
}

func TestFindLibraryAndExe(t *testing.T) {
	libc, err := FindLibrary("c", 0)
	if err != nil || !strings.HasPrefix(filepath.Base(libc), "libc") {
		t.Errorf("%q, %v", libc, err)
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/bin")
	if exe, err := FindExe("sh"); err != nil || exe != "/bin/sh" {
		t.Errorf("%q, %v", exe, err)
	}
	var failed *FileError
	for _, find := range []func() (string, error){
		func() (string, error) { return FindLibrary("", 0) },
		func() (string, error) { return FindLibrary("c", -1) },
		func() (string, error) { return FindLibrary("no-such-library", 0) },
		func() (string, error) { return FindExe("") },
		func() (string, error) { return FindExe("no-such-program") },
		func() (string, error) { return FindExe(dir) },
	} {
		if path, err := find(); !errors.As(err, &failed) {
			t.Errorf("%q, %v", path, err)
		}
	}
}
