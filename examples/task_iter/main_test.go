package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// rows runs the program and splits what it lists, without the headings.
func rows(t *testing.T, args ...string) [][]string {
	t.Helper()
	result := testenv.Run(t, time.Minute, append([]string{testenv.Tool(t, "task_iter")}, args...)...)
	head, list, ok := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || !ok || strings.Join(strings.Fields(head), " ") != "PID TID PARENT TASK" {
		t.Fatalf("%v", result)
	}
	var all [][]string
	for line := range strings.Lines(list) {
		all = append(all, strings.Fields(line))
	}
	return all
}

func needIter(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	if err := bccgo.SupportIter(); err != nil {
		t.Skip(err)
	}
}

func TestListsProcesses(t *testing.T) {
	needIter(t)
	child := testenv.Start(t, "sleep", "1000")
	pid := strconv.Itoa(child.Pid())
	want := []string{pid, pid, strconv.Itoa(os.Getpid()), "sleep"}
	ours := func(row []string) bool { return row[0] == pid }
	list := rows(t)
	if i := slices.IndexFunc(list, ours); i < 0 || !slices.Equal(list[i], want) {
		t.Errorf("no %q in %q", want, list)
	}
	for _, row := range list {
		if row[0] != row[1] {
			t.Errorf("a thread: %q", row)
		}
	}
	child.Stop()
	if list := rows(t); slices.ContainsFunc(list, ours) {
		t.Errorf("%s has ended, and is listed", pid)
	}
}

// TestListsThreads compares with /proc: of one process alone, which is this one.
func TestListsThreads(t *testing.T) {
	needIter(t)
	if has, err := bccgo.KernelStructHasField("bpf_iter_link_info", "task"); err != nil || !has {
		t.Skipf("iterators of one process: %v, %v", has, err)
	}
	before, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(os.Getpid())
	var tids []string
	for _, row := range rows(t, "-t", "-p", pid) {
		if row[0] != pid || row[2] != strconv.Itoa(os.Getppid()) {
			t.Errorf("a row of another process: %q", row)
		}
		tids = append(tids, row[1])
	}
	for _, e := range before {
		if !slices.Contains(tids, e.Name()) {
			t.Errorf("thread %s is missing in %v", e.Name(), tids)
		}
	}
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "task_iter"), "-p", "-5")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, fmt.Sprint(-5)) {
		t.Errorf("a negative number: %v", result)
	}
}
