package bccgo

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

const overrideText = `
int fail(struct pt_regs *ctx)
{
	bpf_override_return(ctx, -12);
	return 0;
}

int look(struct pt_regs *ctx)
{
	return 0;
}
`

// TestLiveOverrideReturn wants the function loaded, or the reason on kernels that
// are built without, which Debian's are.
func TestLiveOverrideReturn(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, overrideText, nil)
	err := m.LoadFunc("fail", Kprobe)
	if SupportOverrideReturn() == nil {
		if err != nil {
			t.Errorf("the kernel can, and %v", err)
		}
		return
	}
	var lack *UnsupportedError
	var refused *VerifierError
	if !errors.As(err, &lack) || lack.Fix == "" || !errors.As(err, &refused) || refused.Function != "fail" {
		t.Errorf("got %v", err)
	}
}

func TestLiveExplainOverride(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, overrideText, nil)
	invalid := fmt.Errorf("create link: %w", unix.EINVAL)
	var fixed *NotModifiableError
	if err := m.explainOverride("vfs_read", "fail", invalid); !errors.As(err, &fixed) || fixed.Name != "vfs_read" || !errors.Is(err, unix.EINVAL) {
		t.Errorf("a function not in the list: %v", err)
	}
	if err := m.explainOverride("vfs_read", "look", invalid); err != invalid {
		t.Errorf("a function that changes nothing: %v", err)
	}
	if err := m.explainOverride("vfs_read", "fail", unix.ENOENT); err != error(unix.ENOENT) {
		t.Errorf("another reason: %v", err)
	}
}
