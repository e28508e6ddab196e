package main

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Real-time signals as programs see them: the C library keeps the first two.
const (
	rtMin = 34
	rtMax = 64
)

// signalName is the name of a signal without SIG.
func signalName(n uint32) string {
	switch name := unix.SignalName(syscall.Signal(n)); {
	case name != "":
		return strings.TrimPrefix(name, "SIG")
	case n == rtMin:
		return "RTMIN"
	case n == rtMax:
		return "RTMAX"
	case n > rtMin && n < rtMax:
		return fmt.Sprintf("RTMIN+%d", n-rtMin)
	}
	return "unknown"
}

// defaultLabel is that of --label without text.
const defaultLabel = "exit"

// label is the value of --label.
type label struct {
	text  string
	given bool
}

// Set takes the text of the flag.
func (l *label) Set(text string) error {
	if text == "" {
		text = defaultLabel
	}
	l.text, l.given = text, true
	return nil
}

// String is the text, for the help.
func (l *label) String() string { return l.text }
