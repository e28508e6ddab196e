package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sched:sched_switch")
}

// compete has two threads want the same processor for a while, and returns them and
// their times by the kernel's statistics.
func compete(t *testing.T, d time.Duration, threads []*tooltest.Thread) []tooltest.Sched {
	t.Helper()
	var before, times []tooltest.Sched
	for _, th := range threads {
		before = append(before, th.Sched())
		th.Begin(tooltest.Burn(d))
	}
	for i, th := range threads {
		th.Wait()
		times = append(times, th.Sched().Sub(before[i]))
	}
	return times
}

func rivals(t *testing.T) []*tooltest.Thread {
	t.Helper()
	return []*tooltest.Thread{tooltest.StartThread(t, 0, "one"), tooltest.StartThread(t, 0, "two")}
}

// check compares threads' histograms with their times.
func check(t *testing.T, all map[string]tooltest.Histogram, threads []*tooltest.Thread, times []tooltest.Sched) {
	t.Helper()
	for i, th := range threads {
		h := all[fmt.Sprint(th.TID)]
		low, high := h.Bounds()
		waited, slices := uint64(times[i].Waited.Microseconds()), uint64(times[i].Slices)
		t.Logf("%s: %d waits of %d to %d us; the kernel says %d of %d", th.Comm, h.Count(), low, high, slices, waited)
		// A switch may happen between the statistics and the tool's start or end.
		if h.Unit != "usecs" || waited < low*95/100 || waited > high*105/100 || h.Count()+3 < slices || h.Count() > slices+3 {
			t.Errorf("%s: %d waits of %d to %d us; the kernel says %d of %d", th.Comm, h.Count(), low, high, slices, waited)
		}
	}
}

// The waits of each thread are those that the kernel counts.
func TestLive(t *testing.T) {
	needs(t)
	threads := rivals(t)
	p := tooltest.Start(t, "runqlat", "--json", "-L", "-p", fmt.Sprint(os.Getpid()))
	times := compete(t, 300*time.Millisecond, threads)
	check(t, tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "tid"), threads, times)
}

// So they are where only tracepoints tell of threads.
func TestLiveOtherHeaders(t *testing.T) {
	needs(t)
	other := tooltest.OtherHeaders(t)
	threads := rivals(t)
	t.Setenv("BCCGO_HEADERS", other)
	p := tooltest.Start(t, "runqlat", "--json", "-L", "-p", fmt.Sprint(os.Getpid()))
	times := compete(t, 300*time.Millisecond, threads)
	check(t, tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "tid"), threads, times)
	tooltest.Refused(t, tool(), "the PID namespace of a thread can be read only with the running kernel's headers", "--pidnss")
}

// A process is one section, with its threads together; so is a namespace.
func TestLiveSections(t *testing.T) {
	needs(t)
	threads := rivals(t)
	own := fmt.Sprint(os.Getpid())
	for flag, want := range map[string]string{"-P": own, "--pidnss": fmt.Sprint(tooltest.Inode(t, "/proc/self/ns/pid"))} {
		p := tooltest.Start(t, "runqlat", flag, "-m", "-p", own)
		compete(t, 100*time.Millisecond, threads)
		out := tooltest.StopNow(t, p).Stdout
		heads := regexp.MustCompile(`(?m)^(pid|pidns) = (.*)$`).FindAllStringSubmatch(out, -1)
		if len(heads) != 1 || heads[0][2] != want || !strings.Contains(out, "\n     msecs               : count     distribution\n") {
			t.Errorf("%s: got\n%s", flag, out)
		}
	}
}

// A process in a PID namespace of its own belongs to that one.
func TestLiveOtherNamespace(t *testing.T) {
	needs(t)
	testenv.NeedProgram(t, "unshare")
	cmd := exec.Command("unshare", "--pid", "--fork", "sh", "-c", "read x; sleep 0.1; sleep 0.1; true")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	sh := testenv.StartCmd(t, cmd)
	inside := child(t, sh.Pid())
	ns := fmt.Sprint(tooltest.Inode(t, fmt.Sprintf("/proc/%d/ns/pid", inside)))
	p := tooltest.Start(t, "runqlat", "--json", "--pidnss", "-p", fmt.Sprint(inside))
	if _, err := fmt.Fprintln(stdin); err != nil {
		t.Fatal(err)
	}
	sh.Wait(time.Minute)
	all := tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "pidns")
	if len(all) != 1 || all[ns].Count() < 2 || ns == fmt.Sprint(tooltest.Inode(t, "/proc/self/ns/pid")) {
		t.Errorf("namespace %s: got %v", ns, all)
	}
}

// child waits for a process's child.
func child(t *testing.T, pid int) (n int) {
	t.Helper()
	for range 100 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(string(text), &n); err == nil {
			return n
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("process %d has no child", pid)
	return 0
}

// Outputs come every interval, as often as asked for, and the picture is drawn.
func TestLiveIntervals(t *testing.T) {
	needs(t)
	threads := rivals(t)
	picture := t.TempDir() + "/p.svg"
	p := tooltest.Start(t, "runqlat", "-T", "-p", fmt.Sprint(os.Getpid()), "--svg", picture, "0.2", "3")
	compete(t, 400*time.Millisecond, threads)
	r := p.Wait(time.Minute)
	if n := len(regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d$`).FindAllString(r.Stdout, -1)); r.ExitCode != 0 || n != 3 {
		t.Errorf("%d outputs: %v", n, r)
	}
	if text, err := os.ReadFile(picture); err != nil || !strings.Contains(string(text), "Waiting for a processor") {
		t.Errorf("%v: %.200s", err, text)
	}
}
