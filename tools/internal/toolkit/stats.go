package toolkit

import (
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// countRuns makes the kernel count the program's runs if --stats is given. Where
// it cannot, that is said, and only the rest is reported.
func (s *Session) countRuns() (end func()) {
	if !s.Stats {
		return func() {}
	}
	on, err := bccgo.CountRuns()
	if err != nil {
		s.Warnf("%v", err)
		return func() {}
	}
	s.Losses.counting = true
	return func() {
		if err := on.Close(); err != nil {
			s.Warnf("end counting runs: %v", err)
		}
	}
}

// report prints what --stats asks for. It comes after Output.Close.
func (s *Session) report(took time.Duration) {
	for _, r := range s.Losses.runs {
		s.Warnf("%s: %d runs of %v, %v in all", r.Function, r.Runs, r.Average(), r.Time)
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		s.Warnf("read what it cost: %v", err)
		return
	}
	busy := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	s.Warnf("%d lines, %d bytes in %.1f s; %d events lost; processor time %.3f s, memory %.1f MiB at most",
		s.Out.sum.lines, s.Out.sum.bytes, took.Seconds(), s.Losses.Total(), busy.Seconds(), float64(own.Maxrss)/1024)
}
