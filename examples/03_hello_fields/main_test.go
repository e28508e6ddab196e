package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestShowsFieldsOfEveryClone(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedTracefs(t)
	p := testenv.Start(t, testenv.Tool(t, "03_hello_fields"))
	p.Await("Ctrl-C ends it", time.Minute)

	const clones = 5
	pid := activity.Fork(t, clones)
	line := fmt.Sprintf(`^(\d+\.\d{6}) +(?:sh|<\.\.\.>) +%d +\d+ hello, fields$`, pid)
	p.Await(fmt.Sprintf(`(?s)(?:%s.*?){%d}`, line, clones), 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "SECONDS        TASK             PID     CPU TEXT\n") {
		t.Errorf("heading: %v", result)
	}
	rows := regexp.MustCompile("(?m)"+line).FindAllStringSubmatch(result.Stdout, -1)
	if len(rows) != clones {
		t.Errorf("%d rows for %d clones of process %d: %v", len(rows), clones, pid, result)
	}
	last := 0.0
	for _, row := range rows {
		at, err := strconv.ParseFloat(row[1], 64)
		if err != nil || at < last {
			t.Errorf("time %s after %f (%v): %v", row[1], last, err, result)
		}
		last = at
	}
}
