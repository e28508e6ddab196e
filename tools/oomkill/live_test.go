package main

import (
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

// Where the tracepoint names the victim, the program for it loads; it is not attached.
func TestLiveLoads(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "oom:mark_victim")
	defines, err := victimDefines()
	if err != nil {
		t.Fatal(err)
	}
	m, err := bccgo.Load(text, &bccgo.Options{NoAutoAttach: true, Defines: defines})
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
}
