package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestReceivesEveryClone(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	p := testenv.Start(t, testenv.Tool(t, "07_hello_perf_output"))
	p.Await("Ctrl-C ends it", time.Minute)

	const clones = 6
	begin := time.Now()
	pid := activity.Fork(t, clones)
	line := fmt.Sprintf(`^(-?\d+\.\d{6}) +sh +%d +hello, struct$`, pid)
	p.Await(fmt.Sprintf(`(?s)(?:%s.*?){%d}`, line, clones), 10*time.Second)
	most := time.Since(begin).Seconds()

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "SECONDS      TASK             PID     TEXT\n0.000000 ") {
		t.Errorf("heading and first row: %v", result)
	}
	rows := regexp.MustCompile("(?m)"+line).FindAllStringSubmatch(result.Stdout, -1)
	if len(rows) != clones {
		t.Fatalf("%d rows for %d clones of process %d: %v", len(rows), clones, pid, result)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		at, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		low, high = min(low, at), max(high, at)
	}
	if high <= low || high-low > most {
		t.Errorf("clones span %f s, want more than 0 and at most %f: %v", high-low, most, result)
	}
}
