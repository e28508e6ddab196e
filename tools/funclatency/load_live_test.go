package main

import (
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/follow"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The kernel takes both programs, with any number of levels, also where there is
// nothing to attach one to.
func TestLiveLoads(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	const functions = `
int entry(struct pt_regs *ctx) { return FOLLOW_enter(ctx, PT_REGS_IP(ctx)); }
int leave(struct pt_regs *ctx) { return FOLLOW_leave(ctx, 0); }
`
	for _, test := range []struct {
		kernel bool
		levels string
	}{{false, "1"}, {true, "16"}, {true, "1"}, {true, "128"}} {
		kind := "user"
		if test.kernel {
			kind = "kernel"
		}
		text := toolkit.MissedC + programC + follow.Text(!test.kernel, test.kernel) + strings.ReplaceAll(functions, "FOLLOW", kind)
		m, err := bccgo.Load(text, &bccgo.Options{NoAutoAttach: true,
			Defines: map[string]string{"UNIT": "1000", "PLACES": "64", "SLOTS": "1024", "LEVELS": test.levels}})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.LoadFuncs(); err != nil {
			t.Errorf("%s levels: %v", test.levels, err)
		}
		m.Close()
	}
}
