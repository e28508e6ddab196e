package main

import (
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without --pid all processes are there: those of a file that is traced from their
// first moment on, and those of another file after the next interval.
func TestVMAllProcesses(t *testing.T) {
	testenv.VM(t)
	before := runtimetest.Fake(t, "ruby", "ruby")
	p := tooltest.Start(t, "ustat", "--json", "2")
	same, other := before.Another(), runtimetest.Fake(t, "php", "php")
	same.Tell("call Shop sell 300")
	before.Tell("call Shop sell 100")
	p.Await(`"pid":`+other.PIDText()+`,`, time.Minute)
	other.Tell("call Shop sell 200")
	p.Await(`"pid":`+other.PIDText()+`,"language":"php",.*"methods":[1-9]`, time.Minute)
	sums := make(map[int]float64)
	var last, at time.Time
	for _, r := range runtimetest.Lines[rowJSON](t, tooltest.StopNow(t, p).Stdout) {
		if r.Time != at {
			last, at = at, r.Time
		}
		if !last.IsZero() {
			sums[r.PID] += r.Methods * at.Sub(last).Seconds()
		} else {
			sums[r.PID] += r.Methods * 2
		}
	}
	about(t, "before", sums[before.Pid()], 100)
	about(t, "same", sums[same.Pid()], 300)
	about(t, "other", sums[other.Pid()], 200)
}
