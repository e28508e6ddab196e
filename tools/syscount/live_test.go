package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "raw_syscalls:sys_exit")
}

// rows reads lines of JSON by the call.
func rows(t *testing.T, stdout string) map[string]row {
	t.Helper()
	all := make(map[string]row)
	for line := range strings.Lines(stdout) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if old, ok := all[r.Syscall]; ok {
			r.Count += old.Count
		}
		all[r.Syscall] = r
	}
	return all
}

// Calls that activity makes: of these nobody else in the thread makes any.
const (
	syncs  = 7   // that fail with EBADF
	stats  = 11  // that fail with ENOENT
	pauses = 3   // of 20 ms
	umasks = 123 // that are quick
)

const pause = 20 * time.Millisecond

func activity(t testing.TB) func() {
	return func() {
		for range syncs {
			if err := unix.Fdatasync(-1); err != unix.EBADF {
				t.Error(err)
			}
		}
		for range stats {
			if err := unix.Statfs("/no/such/file", &unix.Statfs_t{}); err != unix.ENOENT {
				t.Error(err)
			}
		}
		for range pauses {
			if _, err := unix.Ppoll(nil, &unix.Timespec{Nsec: pause.Nanoseconds()}, nil); err != nil {
				t.Error(err)
			}
		}
		for range umasks {
			unix.Getpgid(0)
		}
	}
}

// Calls are counted as they were made, by each filter.
func TestLive(t *testing.T) {
	needs(t)
	th := tooltest.StartThread(t, 0, "caller")
	for _, test := range []struct {
		name string
		args []string
		want map[string]uint64
	}{
		{"all", nil, map[string]uint64{"fdatasync": syncs, "statfs": stats, "ppoll": pauses, "getpgid": umasks}},
		{"failures", []string{"-x"}, map[string]uint64{"fdatasync": syncs, "statfs": stats, "ppoll": 0, "getpgid": 0}},
		{"error", []string{"-e", "ENOENT"}, map[string]uint64{"fdatasync": 0, "statfs": stats, "ppoll": 0, "getpgid": 0}},
		{"call", []string{"--syscall", "getpgid"}, map[string]uint64{"fdatasync": 0, "statfs": 0, "ppoll": 0, "getpgid": umasks}},
		{"failed calls with times", []string{"-Lx"}, map[string]uint64{"fdatasync": syncs, "statfs": stats, "ppoll": 0, "getpgid": 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := append(test.args, "--json", "-T", "100", "-t", fmt.Sprint(th.TID))
			p := tooltest.Start(t, "syscount", args...)
			th.Do(activity(t))
			got := rows(t, tooltest.StopNow(t, p).Stdout)
			for call, n := range test.want {
				if got[call].Count != n {
					t.Errorf("%s: got %d, want %d", call, got[call].Count, n)
				}
			}
			for call, r := range got {
				if r.Number == nil || callName(key{ID: *r.Number}) != call || r.PID != 0 {
					t.Errorf("got %+v", r)
				}
			}
		})
	}
}

// Calls take as long as they took.
func TestLiveLatency(t *testing.T) {
	needs(t)
	th := tooltest.StartThread(t, 0, "caller")
	p := tooltest.Start(t, "syscount", "-L", "-T", "1", "--syscall", "ppoll", "-t", fmt.Sprint(th.TID))
	begin := time.Now()
	th.Do(activity(t))
	took := time.Since(begin)
	out := tooltest.StopNow(t, p).Stdout
	m := regexp.MustCompile(`^\[\d\d:\d\d:\d\d\]\nSYSCALL                   COUNT        TIME \(us\)\nppoll +3 +(\d+\.\d{3})\n\n$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("got\n%s", out)
	}
	var us float64
	fmt.Sscan(m[1], &us)
	if d := time.Duration(us * 1000); d < pauses*pause || d > took {
		t.Errorf("in %v got %v", took, d)
	}
}

// Processes are counted with their names, those that are gone too.
func TestLiveProcesses(t *testing.T) {
	needs(t)
	p := tooltest.Start(t, "syscount", "--json", "-P", "-i", "0.2", "-c", fmt.Sprint(os.Getpid()))
	cmd := exec.Command("sh", "-c", "umask; umask; sleep 0.6; umask")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	r := tooltest.Stop(t, p)
	var n uint64
	outputs := 0
	for line := range strings.Lines(r.Stdout) {
		var got row
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if got.PID == int32(p.Pid()) {
			continue // the tool is a child of the test, too
		}
		if got.PID != int32(cmd.Process.Pid) || got.Comm != "sh" || got.Number != nil {
			t.Errorf("got %+v", got)
		}
		n += got.Count
		outputs++
	}
	if outputs < 2 || n < 20 {
		t.Errorf("%d calls in %d outputs: %v", n, outputs, r)
	}
}

// Outputs come every interval until the duration is over, and together have all.
func TestLiveIntervals(t *testing.T) {
	needs(t)
	th := tooltest.StartThread(t, 0, "caller")
	begin := time.Now()
	p := tooltest.Start(t, "syscount", "-i", "0.4", "-d", "1.5", "--syscall", "getpgid", "-t", fmt.Sprint(th.TID))
	th.Do(activity(t))
	r := p.Wait(time.Minute)
	times := regexp.MustCompile(`(?m)^\[\d\d:\d\d:\d\d\]$`).FindAllString(r.Stdout, -1)
	rows := regexp.MustCompile(`(?m)^getpgid +(\d+)$`).FindAllStringSubmatch(r.Stdout, -1)
	sum := 0
	for _, row := range rows {
		var n int
		fmt.Sscan(row[1], &n)
		sum += n
	}
	if r.ExitCode != 0 || time.Since(begin) < time.Second || len(times) < 3 || len(times) > 4 || sum != umasks {
		t.Errorf("got %v", r)
	}
}
