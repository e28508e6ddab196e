package sched

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestTarget(t *testing.T) {
	own := os.Getpid()
	for _, target := range []Target{{}, {PID: own}, {TID: own}} {
		// In a PID namespace of its own the kernel's numbers are not known.
		if err := target.Check(); err != nil && toolkit.KernelPID(own) != 0 {
			t.Errorf("%+v: %v", target, err)
		}
	}
	for want, target := range map[string]Target{
		"--pid and --tid: give one of them":      {PID: own, TID: own},
		"--pid -1: there is no such process":     {PID: -1},
		"--tid 4194305: there is no such thread": {TID: 4194305},
	} {
		if err := target.Check(); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", target, err, want)
		}
	}
}

func TestUnit(t *testing.T) {
	for milliseconds, want := range map[bool]string{false: "usecs 1µs 1000", true: "msecs 1ms 1000000"} {
		u := Unit{milliseconds}
		if got := fmt.Sprint(u.Label(), " ", u.Duration(), " ", u.Define()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSections(t *testing.T) {
	got := Sections(map[uint64][]uint64{10: {1}, 9: {2}}, func(n uint64) string { return fmt.Sprint("n", n) })
	if len(got) != 2 || got[0].Key != "n9" || got[0].Counts[0] != 2 || got[1].Key != "n10" {
		t.Errorf("got %+v", got)
	}
}

func TestNumbersIn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"1", "22", "self", "4294967296"} {
		if err := os.Mkdir(dir+"/"+name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(numbersIn(dir)); got != "[1 22]" {
		t.Errorf("got %s", got)
	}
	if got := numbersIn(dir + "/gone"); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestHeadersNeeded(t *testing.T) {
	err := &HeadersNeededError{"the parent"}
	if !strings.HasPrefix(err.Error(), "the parent can be read only with the running kernel's headers") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
