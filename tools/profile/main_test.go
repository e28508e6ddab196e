package main

import (
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// Bad input is refused before anything is compiled.
func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		"duration 0: want a number of seconds above 0":  {"0"},
		"--frequency and --count: give one of them":     {"-F", "99", "-c", "1000"},
		"--frequency 0: want a number above 0":          {"-F", "0"},
		"--frequency -9: want a number above 0":         {"-F", "-9"},
		"--count 0: want a number above 0":              {"-c", "0"},
		`invalid value "x" for flag -F`:                 {"-F", "x"},
		"--cpu 4096: this machine has the processors":   {"-C", "4096"},
		"--tid 4194305: there is no such thread":        {"-L", "4194305"},
		"more than one flag says which threads":         {"-p", "1", "-L", "1"},
		"--kernel-stacks-only and --user-stacks-only":   {"-K", "-U"},
		"--stack-storage-size -1: want a number from 1": {"--stack-storage-size", "-1"},
		"find the pinned map: ":                         {"--cgroupmap", "/no/such/map"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
