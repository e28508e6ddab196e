package bccgo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// denyText denies this process the file with inode number INO; PROBE says where.
const denyText = `
#include <linux/fs.h>
BPF_HASH(denied, u32, u64);
PROBE(HOOK, struct file *file, int ret)
{
	if (bpf_get_current_pid_tgid() >> 32 != ME || file->f_inode->i_ino != INO)
		return 0;
	denied.increment(0);
	return -ERROR;
}
`

// denied loads denyText for a file of this test, beside which there is another.
func denied(t *testing.T, macro, hook string, code syscall.Errno, o Options) (m *Module, file, other string) {
	t.Helper()
	dir := t.TempDir()
	file, other = filepath.Join(dir, "denied"), filepath.Join(dir, "other")
	for _, name := range []string{file, other} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stat syscall.Stat_t
	if err := syscall.Stat(file, &stat); err != nil {
		t.Fatal(err)
	}
	o.Defines = map[string]string{"ME": fmt.Sprint(os.Getpid()), "INO": fmt.Sprint(stat.Ino), "ERROR": fmt.Sprint(int(code))}
	text := strings.NewReplacer("PROBE", macro, "HOOK", hook).Replace(denyText)
	m, err := Load(text, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m, file, other
}

// opens opens a file and returns the error number, 0 for none.
func opens(t *testing.T, name string) error {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return f.Close()
}

// denials is how often the program denied a file.
func denials(t *testing.T, m *Module) uint64 {
	t.Helper()
	table, err := Map[uint32, uint64](m, "denied")
	if err != nil {
		t.Fatal(err)
	}
	n, err := table.Lookup(0)
	if err != nil && !errors.Is(err, ErrKeyNotExist) {
		t.Fatal(err)
	}
	return n
}

// denier is one of the hooks that can deny an operation.
type denier struct {
	name, macro, hook, target string
	code                      syscall.Errno
	attach                    func(*Module, string) (*Link, error)
	detach                    func(*Module, string) error
}

var deniers = []denier{
	{"lsm", "LSM_PROBE", "file_open", "file_open", syscall.EPERM, (*Module).AttachLSM, (*Module).DetachLSM},
	{"fmod_ret", "KMOD_RET", "security_file_open", "security_file_open", syscall.ENOTTY, (*Module).AttachFmodRet, (*Module).DetachFmodRet},
}

// TestVMDenied has each such program deny a file, whether attached by Load or by
// call, and let it be opened once detached.
func TestVMDenied(t *testing.T) {
	testenv.VM(t)
	for _, d := range deniers {
		t.Run(d.name, func(t *testing.T) { d.test(t) })
	}
}

func (d denier) test(t *testing.T) {
	m, file, other := denied(t, d.macro, d.hook, d.code, Options{})
	d.check(t, m, file, other, 1)
	links := m.Links()
	if len(links) != 1 || links[0].Hook() != d.name || links[0].Target() != d.target {
		t.Fatalf("links: %v", links)
	}
	var already *AlreadyAttachedError
	if _, err := d.attach(m, d.hook); !errors.As(err, &already) || already.Link != links[0] {
		t.Errorf("attached twice: %v", err)
	}
	if err := d.detach(m, d.hook); err != nil {
		t.Fatal(err)
	}
	if err := opens(t, file); err != nil {
		t.Errorf("detached, and %v", err)
	}
	var gone *NotAttachedError
	if err := d.detach(m, d.hook); !errors.As(err, &gone) {
		t.Errorf("detached twice: %v", err)
	}
	l, err := d.attach(m, links[0].Function())
	if err != nil {
		t.Fatal(err)
	}
	d.check(t, m, file, other, 2)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := opens(t, file); err != nil {
		t.Errorf("closed, and %v", err)
	}
}

// check opens both files and wants one denied for the nth time.
func (d denier) check(t *testing.T, m *Module, file, other string, n uint64) {
	t.Helper()
	if err := opens(t, file); !errors.Is(err, d.code) {
		t.Errorf("opening the file gave %v, want %v", err, d.code)
	}
	if err := opens(t, other); err != nil {
		t.Errorf("the other file: %v", err)
	}
	if got := denials(t, m); got != n {
		t.Errorf("denied %d times, want %d", got, n)
	}
}

// TestVMDenierErrors asks for places that there are not, or not for this.
func TestVMDenierErrors(t *testing.T) {
	testenv.VM(t)
	m := loadLive(t, `
LSM_PROBE(file_opem, void *file) { return 0; }
KMOD_RET(vfs_read, void *file) { return 0; }
KMOD_RET(vfs_raed, void *file) { return 0; }
LSM_PROBE(file_open, void *file) { return 5; }
`, &Options{NoAutoAttach: true})
	var failed *AttachError
	var hook *UnknownHookError
	_, err := m.AttachLSM("file_opem")
	if !errors.As(err, &failed) || failed.Hook != "lsm" || !errors.As(err, &hook) || !slices.Contains(failed.Nearest(), "file_open") {
		t.Errorf("absent security hook: %v", err)
	}
	if _, err = m.AttachFmodRet("vfs_raed"); !errors.As(err, &hook) || !slices.Contains(hook.Nearest, "vfs_read") {
		t.Errorf("absent function: %v", err)
	}
	var fixed *NotModifiableError
	_, err = m.AttachFmodRet("vfs_read")
	if !errors.As(err, &failed) || failed.Reason() != ReasonNotModifiable || !errors.As(err, &fixed) || fixed.Name != "vfs_read" {
		t.Errorf("a function whose result is fixed: %v", err)
	}
	if err := m.LoadFunc("kmod_ret__vfs_read", LSM); err == nil || !strings.Contains(err.Error(), "Tracing") {
		t.Errorf("loaded as what it is not: %v", err)
	}
	var refused *VerifierError
	if err := m.LoadFunc("lsm__file_open", LSM); err != nil && !errors.As(err, &refused) {
		t.Errorf("a result that is no error: %v", err)
	}
	var unknown *UnknownError
	if _, err := m.AttachLSM("no_such_function"); !errors.As(err, &unknown) {
		t.Errorf("no function of that name: %v", err)
	}
}

// TestLiveNoDeniers wants the reason on a kernel that refuses such programs.
func TestLiveNoDeniers(t *testing.T) {
	testenv.Live(t)
	lacks := map[string]error{"lsm": SupportLSM(), "fmod_ret": SupportFmodRet()}
	for _, d := range deniers {
		if lacks[d.name] == nil {
			continue // TestVMDenied
		}
		text := fmt.Sprintf("%s(%s, void *file) { return 0; }", d.macro, d.hook)
		m := loadLive(t, text, &Options{NoAutoAttach: true})
		var failed *AttachError
		var lack *UnsupportedError
		_, err := d.attach(m, d.hook)
		if !errors.As(err, &failed) || failed.Hook != d.name || failed.Target != d.target || failed.Reason() != ReasonUnsupported ||
			!errors.As(err, &lack) || lack.Fix == "" {
			t.Errorf("%s: %v", d.name, err)
		}
		t.Logf("%v", err)
	}
}
