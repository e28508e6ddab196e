package main

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

func TestExitStatusAndReport(t *testing.T) {
	compile := &bccgo.CompileError{Diagnostics: []bccgo.Diagnostic{
		{File: "a.c", Line: 3, Col: 7, Severity: "error", Message: "no such thing", Excerpt: "  x\n  ^",
			Notes: []bccgo.Diagnostic{{File: "a.c", Line: 1, Col: 1, Severity: "note", Message: "declared here"}}}}}
	verifier := &bccgo.VerifierError{Function: "f", File: "a.c", Line: 9, Reason: "R0 invalid", Log: []string{"0: (b7) r0 = 1", "R0 invalid"}}
	attach := func(err error) error {
		return &bccgo.AttachError{Hook: "kprobe", Target: "no_such", Function: "f", Err: err}
	}
	for _, test := range []struct {
		name    string
		err     error
		verbose bool
		status  int
		stderr  string
	}{
		{"none", nil, false, 0, ""},
		{"compile", fmt.Errorf("wrapped: %w", compile), false, 1,
			"a.c:3:7: error: no such thing\n  x\n  ^\na.c:1:1: note: declared here\n"},
		{"compile without positions", &bccgo.CompileError{Output: "it broke\n"}, false, 1, "bccgo: compile: it broke\n"},
		{"warnings", fmt.Errorf("a.c: %w", &warningsError{2}), false, 1, "bccgo: a.c: 2 warnings, and --werror was given\n"},
		{"verifier", verifier, false, 1, "a.c:9: error: the verifier refuses f: R0 invalid\n"},
		{"verifier with log", verifier, true, 1, "a.c:9: error: the verifier refuses f: R0 invalid\n0: (b7) r0 = 1\nR0 invalid\n"},
		{"verifier with a cure", &bccgo.VerifierError{Function: "f", File: "a.c", Line: 9, Text: "*v = 1;", Reason: "R0 invalid", Plain: "it may be NULL", Cure: "check it"}, false, 1,
			"a.c:9: error: the verifier refuses f: R0 invalid\n\t*v = 1;\n\tthat is: it may be NULL\n\tto fix: check it\n"},
		{"verifier without place", &bccgo.VerifierError{Function: "f", Reason: "too big"}, false, 1,
			"bccgo: error: the verifier refuses f: too big\n"},
		{"joined", errors.Join(verifier, compile), false, 1,
			"a.c:9: error: the verifier refuses f: R0 invalid\na.c:3:7: error: no such thing\n  x\n  ^\na.c:1:1: note: declared here\n"},
		{"absent function", attach(errors.New("absent")), false, 1, "bccgo: attach f to kprobe no_such: absent\n"},
		{"no kprobes at all", attach(&bccgo.UnsupportedError{Feature: "kprobes", Reason: "off", Fix: "turn on"}), false, 2,
			"bccgo: attach f to kprobe no_such: kprobes are not available: off; turn on\n"},
		{"usage", usagef("no %s", "way"), false, 2, "bccgo: no way\n"},
		{"unfit host", errUnfit, false, 1, ""},
		{"interrupted", errInterrupted, false, 130, "bccgo: interrupted\n"},
		{"other", errors.New("disk full"), false, 2, "bccgo: disk full\n"},
		{"program and host", errors.Join(verifier, errors.New("disk full")), false, 2,
			"a.c:9: error: the verifier refuses f: R0 invalid\nbccgo: disk full\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			con := &console{stderr: &out, verbose: test.verbose}
			con.report(test.err)
			if got := exitStatus(test.err); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if out.String() != test.stderr {
				t.Errorf("got\n%swant\n%s", out.String(), test.stderr)
			}
		})
	}
}
