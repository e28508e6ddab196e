package toolkit

import (
	"syscall"
	"time"
)

// report prints what --stats asks for. It comes after Output.Close.
func (s *Session) report(took time.Duration) {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		s.Warnf("read what it cost: %v", err)
		return
	}
	busy := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	s.Warnf("%d lines, %d bytes in %.1f s; %d events lost; processor time %.3f s, memory %.1f MiB at most",
		s.Out.sum.lines, s.Out.sum.bytes, took.Seconds(), s.Losses.Total(), busy.Seconds(), float64(own.Maxrss)/1024)
}
