package main

import (
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The kernel takes both programs, with any number of levels, also where there is
// nothing to attach one to.
func TestLiveLoads(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	const functions = `
int enter_0(struct pt_regs *ctx)
{
	return enter(ctx, PT_REGS_IP(ctx));
}

int leave_0(struct pt_regs *ctx)
{
	return leave(ctx, 0);
}
`
	for _, test := range []struct{ follow, levels string }{{userC, "1"}, {kernelC, "16"}, {kernelC, "1"}, {kernelC, "128"}} {
		m, err := bccgo.Load(toolkit.MissedC+programC+test.follow+functions, &bccgo.Options{NoAutoAttach: true,
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
