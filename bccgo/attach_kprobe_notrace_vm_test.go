package bccgo

import (
	"errors"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// TestVMKprobeNotrace asks for a function that Debian's 6.1 has and keeps from
// tracing.
func TestVMKprobeNotrace(t *testing.T) {
	testenv.VM(t)
	const name = "blk_account_io_done"
	if _, ok := KSymName(name); !ok {
		t.Skipf("this kernel has no %s", name)
	}
	m := loadLive(t, "int f(struct pt_regs *ctx)\n{\n\treturn 0;\n}\n", nil)
	_, err := m.AttachKprobe(name, "f", nil)
	var refused *KprobeError
	if !errors.As(err, &refused) || refused.Reason != probe.KprobeNotrace {
		t.Errorf("attach: %v", err)
	}
	const other = "tracepoint:block:block_rq_complete"
	if got, err := FirstProbe("kprobe:"+name, other); err != nil || got != other {
		t.Errorf("first: %s, %v", got, err)
	}
}
