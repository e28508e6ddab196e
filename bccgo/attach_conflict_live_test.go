package bccgo

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// holdPlace is another program's uprobe with a semaphore on an offset of a file.
func holdPlace(t *testing.T, path string, offset, semaphore uint64) {
	t.Helper()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.Kprobe, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}})
	if err != nil {
		t.Fatal(err)
	}
	ex := must(link.OpenExecutable(path))(t)
	l := must(ex.Uprobe("", p, &link.UprobeOptions{Address: offset, RefCtrOffset: semaphore}))(t)
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), p.Close()); err != nil {
			t.Error(err)
		}
	})
}

// wantConflict checks what the kernel's refusal became.
func wantConflict(t *testing.T, what string, err error, path string, offset uint64) {
	t.Helper()
	var conflict *ProbeConflictError
	if !errors.As(err, &conflict) || conflict.Path != path || conflict.Offset != offset || !errors.Is(err, unix.EINVAL) ||
		!strings.Contains(err.Error(), "end that program first") {
		t.Errorf("%s: %v, want a conflict at %#x of %s", what, err, offset, path)
	}
	wantReason(t, what, err, ReasonConflict)
}

// Another program holds a function with a semaphore of its own: that function is
// refused with the reason, whichever process it is asked for, and no other.
func TestLiveUprobeConflict(t *testing.T) {
	liveHere(t)
	c := startCalculator(t, "-no-pie")
	// No process runs the file that is held.
	held := buildC(t, "gcc", calculator, "-pthread", "-no-pie")
	add := fileOffset(t, held, addressBy(t, held, "calc_add"))
	holdPlace(t, held, add, fileOffset(t, held, addressBy(t, held, "main"))&^1)
	eachWay(t, func(t *testing.T, _ bool) {
		m := loadLive(t, callText, nil)
		for what, o := range map[string]*UprobeOptions{"any process": nil, "one process": {PID: c.pid}} {
			wantConflict(t, what, attachError(m.AttachUprobe(held, "calc_add", "on_call", o)), held, add)
			wantConflict(t, what+", return", attachError(m.AttachUretprobe(held, "calc_add", "on_return", o)), held, add)
			wantConflict(t, what+", expression", attachError(m.AttachUprobeRe(held, "calc_add", "on_call", o)), held, add)
			l, err := m.AttachUprobeRe(held, "calc_.*", "on_call", o)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(l.Targets()); n != 2 || slices.ContainsFunc(l.Targets(), func(s string) bool { return strings.Contains(s, "calc_add") }) {
				t.Errorf("%s: %d targets beside the one held: %q", what, n, l.Targets())
			}
			if r := l.Refused(); len(r) != 1 || !strings.Contains(r[0].Probe, "calc_add") {
				t.Errorf("%s: refused %v", what, r)
			} else {
				wantConflict(t, what+", refused", &AttachError{Err: r[0].Err}, held, add)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		if n := m.NumOpenUprobes(); n != 0 {
			t.Errorf("%d uprobes are left", n)
		}
	})
}

// The same for a static probe: its own semaphore is not the other's.
func TestLiveUSDTConflict(t *testing.T) {
	liveHere(t)
	held := buildShop(t)
	probes := must(NewUSDT(USDTOptions{Path: held}))(t)
	t.Cleanup(func() {
		if err := probes.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := probes.EnableProbe("shop:closed", "on_closed"); err != nil {
		t.Fatal(err)
	}
	all := probes.Probes()
	closed := all[slices.IndexFunc(all, func(p USDTProbe) bool { return p.Name == "closed" })]
	holdPlace(t, held, closed.Locations[0].Offset, 0)
	eachWay(t, func(t *testing.T, _ bool) {
		m := loadLive(t, onlyFunctions(shopReader, []string{"closed"}), &Options{USDT: []*USDT{probes}, NoAutoAttach: true})
		_, err := m.AttachUSDT(probes)
		wantConflict(t, "static probe", err, held, closed.Locations[0].Offset)
		if n := len(m.Links()); n != 0 {
			t.Errorf("%d links are left", n)
		}
	})
}
