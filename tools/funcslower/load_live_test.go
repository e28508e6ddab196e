package main

import (
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/follow"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The kernel takes the program for both kinds of functions with all that it can
// send, also where there is nothing of the kernel's to attach it to.
func TestLiveLoads(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	const functions = `
int user_entry(struct pt_regs *ctx) { return user_enter(ctx, 0); }
int user_return(struct pt_regs *ctx) { return user_leave(ctx, 0); }
int kernel_entry(struct pt_regs *ctx) { return kernel_enter(ctx, PT_REGS_IP(ctx)); }
int kernel_return(struct pt_regs *ctx) { return kernel_leave(ctx, 0); }
`
	text := toolkit.MissedC + toolkit.StacksC + program + follow.Text(true, true) + functions
	o := &options{arguments: 6, userStack: true, kernelStack: true}
	m, err := bccgo.Load(text, &bccgo.Options{NoAutoAttach: true, Defines: o.defines()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.LoadFuncs(); err != nil {
		t.Error(err)
	}
}
