package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrintSnapshot(t *testing.T) {
	symbols := map[uint64]string{1: "path_openat+0x10", 2: "do_filp_open+0xa3", 3: "0x7f00"}
	show := func(addr uint64) string { return symbols[addr] }
	for name, c := range map[string]struct {
		s    snapshot
		want string
	}{
		"branches": {snapshot{PID: 7, Branches: 2, Branch: [32]branch{{From: 1, To: 2}, {From: 2, To: 3}, {From: 9}}},
			"process 7: 2 branches\n" +
				"\tpath_openat+0x10                         -> do_filp_open+0xa3\n" +
				"\tdo_filp_open+0xa3                        -> 0x7f00\n\n"},
		"none":  {snapshot{PID: 8}, "process 8: 0 branches\n\n"},
		"error": {snapshot{PID: 9, Branches: -2}, "process 9: no branches: error 2\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := printSnapshot(&b, &c.s, show); err != nil || b.String() != c.want {
				t.Errorf("%v, got\n%s\nwant\n%s", err, b.String(), c.want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	var absent *NoBranchRecordsError
	if err := explain(0, unix.EOPNOTSUPP); !errors.As(err, &absent) || !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("%v", err)
	}
	if err := explain(3, unix.EMFILE); errors.As(err, &absent) || !errors.Is(err, unix.EMFILE) || !strings.Contains(err.Error(), "CPU 3") {
		t.Errorf("%v", err)
	}
}

// TestFunctionLoads has the kernel check the program, records or not.
func TestFunctionLoads(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	m, err := bccgo.Load(program, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.LoadFunc("returns", bccgo.Tracepoint); err != nil {
		t.Error(err)
	}
	snapshots := bccgo.Stream[snapshot](m, "snapshots", nil)
	if err := snapshots.Err(); err != nil {
		t.Error(err)
	}
}

// TestWithoutRecords runs it where there are no records; TestBranches where
// there are.
func TestWithoutRecords(t *testing.T) {
	testenv.Live(t)
	r, err := startRecording()
	if err == nil {
		r.stop()
		t.Skip("this processor has last branch records")
	}
	var absent *NoBranchRecordsError
	if !errors.As(err, &absent) {
		t.Fatalf("%v is no *NoBranchRecordsError", err)
	}
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "lbr"))
	if result.ExitCode != 1 || result.Stdout != "" || !strings.Contains(result.Stderr, "no last branch records here") {
		t.Errorf("%v", result)
	}
}

func TestBranches(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_exit_openat")
	r, err := startRecording()
	if err != nil {
		t.Skip(err)
	}
	r.stop()
	pid := os.Getpid()
	p := testenv.Start(t, testenv.Tool(t, "lbr"), "-p", strconv.Itoa(pid))
	p.Await("Ctrl-C ends it", time.Minute)
	if f, err := os.Open(os.DevNull); err != nil {
		t.Fatal(err)
	} else {
		f.Close()
	}
	p.Await(fmt.Sprintf(`^process %d: [1-9]\d* branches\n\t.*openat`, pid), 10*time.Second)
	if result := p.Stop(); result.ExitCode != 0 {
		t.Errorf("%v", result)
	}
}
