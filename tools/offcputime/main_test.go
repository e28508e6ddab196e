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
		"duration 0: want a number of seconds above 0":          {"0"},
		"duration x: want a number of seconds above 0":          {"x"},
		"duration 5: --duration says it, too":                   {"-D", "1", "5"},
		`unexpected argument "6"`:                               {"5", "6"},
		"--pid 4194305: there is no such process":               {"-p", "4194305"},
		"--tid 4194305: there is no such thread":                {"-t", "4194305"},
		`--pid 1,,2: "" is no number of a process`:              {"-p", "1,,2"},
		`--pid -1: "-1" is no number of a process`:              {"-p", "-1"},
		"more than one flag says which threads":                 {"-u", "-k"},
		"--kernel-stacks-only and --user-stacks-only: give one": {"-K", "-U"},
		"threads of the kernel's own have no stacks":            {"-k", "-U"},
		"--folded and --offset":                                 {"-f", "-s"},
		"--stack-storage-size 0: want a number from 1":          {"--stack-storage-size", "0"},
		"--hash-storage-size 2000000: want a number from 1":     {"--hash-storage-size", "2000000"},
		"--min-block-time and --max-block-time: want a number":  {"-m", "0"},
		"--min-block-time 5 is above --max-block-time 4":        {"-m", "5", "-M", "4"},
		"--state sleeping: want a number of 32 bits":            {"--state", "sleeping"},
		"--state 4294967296: want a number of 32 bits":          {"--state", "4294967296"},
		`--probes "both": want tracepoint, kprobe or auto`:      {"--probes", "both"},
		"flag provided but not defined: -x":                     {"-x"},
		`invalid value "x" for flag -m`:                         {"-m", "x"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
