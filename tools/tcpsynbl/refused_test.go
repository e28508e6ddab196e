package main

import (
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestRefusedFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-4 -6":                      "--ipv4 and --ipv6: give one of them",
		"0":                          `interval "0": want a number of seconds above 0`,
		"1 0":                        `count "0": want a whole number above 0`,
		"1 2 3":                      `unexpected argument "3"`,
		"--netns-id 1 --pid-netns 1": "--netns-id and --pid-netns: give one of them",
		"--pid-netns 8388608":        "there is no such process",
		"--probes magic":             `--probes "magic": want tracepoint, kprobe or auto`,
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
