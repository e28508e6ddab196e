package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// readSlowly makes reads from a pipe, each of which waits for a while.
func readSlowly(t *testing.T, reads int, wait time.Duration) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	// A descriptor that was asked for blocks in read; others wait in epoll.
	r.Fd()
	for range reads {
		go func() {
			time.Sleep(wait)
			fmt.Fprint(w, "x")
		}()
		if _, err := io.ReadFull(r, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
}

// histograms returns the counts of each histogram by the lower end of the row.
func histograms(t *testing.T, stdout string) []map[uint64]int {
	t.Helper()
	row := regexp.MustCompile(`(?m)^ *(\d+) -> \d+ +: (\d+) `)
	var list []map[uint64]int
	for _, part := range regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d$`).Split(stdout, -1)[1:] {
		counts := make(map[uint64]int)
		for _, m := range row.FindAllStringSubmatch(part, -1) {
			low, err := strconv.ParseUint(m[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if counts[low], err = strconv.Atoi(m[2]); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, counts)
	}
	return list
}

// slow counts reads of 64 ms or more, as long as readSlowly's or a bit longer.
func slow(counts map[uint64]int) (n int) {
	for low, count := range counts {
		if low >= 65536 {
			n += count
		}
	}
	return n
}

func TestTimesReads(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	p := testenv.Start(t, testenv.Tool(t, "11_vfsreadlat"), "-p", fmt.Sprint(os.Getpid()), "2", "3")
	p.Await("Ctrl-C ends it", time.Minute)

	const reads = 5
	readSlowly(t, reads, 140*time.Millisecond)
	result := p.Wait(time.Minute)

	got := histograms(t, result.Stdout)
	if result.ExitCode != 0 || len(got) != 3 {
		t.Fatalf("%d histograms, want 3: %v", len(got), result)
	}
	// Each read is counted once: the counts are cleared between.
	if n := slow(got[0]) + slow(got[1]) + slow(got[2]); n != reads || slow(got[2]) != 0 {
		t.Errorf("%d slow reads, want %d and none in the last interval: %v", n, reads, result)
	}
}

func TestInterruptPrints(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	p := testenv.Start(t, testenv.Tool(t, "11_vfsreadlat"), "-p", fmt.Sprint(os.Getpid()), "3600")
	p.Await("Ctrl-C ends it", time.Minute)
	readSlowly(t, 3, 140*time.Millisecond)

	result := p.Stop()
	got := histograms(t, result.Stdout)
	if result.ExitCode != 0 || len(got) != 1 || slow(got[0]) != 3 {
		t.Errorf("%v: want one histogram with 3 slow reads: %v", got, result)
	}
}

func TestParseArgs(t *testing.T) {
	for _, test := range []struct {
		args     string
		interval time.Duration
		count    int
		err      string
	}{
		{"", 5 * time.Second, 0, ""},
		{"2", 2 * time.Second, 0, ""},
		{"1 10", time.Second, 10, ""},
		{"0", 0, 0, `interval "0": want a whole number of seconds`},
		{"-1", 0, 0, `interval "-1"`},
		{"1.5", 0, 0, `interval "1.5"`},
		{"99999999999", 0, 0, `interval "99999999999"`},
		{"1 0", 0, 0, `count "0": want a whole number, 1 or more`},
		{"1 many", 0, 0, `count "many"`},
		{"1 2 3", 0, 0, "3 arguments"},
	} {
		interval, count, err := parseArgs(strings.Fields(test.args))
		switch {
		case test.err == "" && (err != nil || interval != test.interval || count != test.count):
			t.Errorf("%q: %v, %d, %v; want %v, %d", test.args, interval, count, err, test.interval, test.count)
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
			t.Errorf("%q: error %v, want %q", test.args, err, test.err)
		}
	}
}
