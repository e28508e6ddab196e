package bccgo

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// kfuncText counts the writes of 4321 bytes by this process: where they begin,
// and where they end having written as many.
const kfuncText = `
BPF_HASH(hits, u32, u64);
KFUNC_PROBE(vfs_write, void *file, const char *buf, size_t count)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && count == 4321)
		hits.increment(1);
	return 0;
}
KRETFUNC_PROBE(vfs_write, void *file, const char *buf, size_t count, void *pos, long written)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && written == 4321)
		hits.increment(2);
	return 0;
}
`

// writesSeen makes writes and returns the counts.
func writesSeen(t *testing.T, m *Module, n int) [2]uint64 {
	t.Helper()
	hits, err := Map[uint32, uint64](m, "hits")
	if err != nil {
		t.Fatal(err)
	}
	if err := hits.Clear(); err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for range n {
		for _, size := range []int{4321, 1234} {
			if _, err := null.Write(make([]byte, size)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var seen [2]uint64
	for i := range seen {
		seen[i], err = hits.Lookup(uint32(i + 1))
		if err != nil && !errors.Is(err, ErrKeyNotExist) {
			t.Fatal(err)
		}
	}
	return seen
}

func TestLiveKfunc(t *testing.T) {
	testenv.Live(t)
	testenv.NeedFentry(t)
	m := loadLive(t, kfuncText, &Options{Defines: me()})
	if got := writesSeen(t, m, 3); got != [2]uint64{3, 3} {
		t.Errorf("seen %v", got)
	}
	var already *AlreadyAttachedError
	if _, err := m.AttachKfunc("vfs_write"); !errors.As(err, &already) {
		t.Errorf("attached twice: %v", err)
	}
	if err := m.DetachKfunc("vfs_write"); err != nil {
		t.Fatal(err)
	}
	if got := writesSeen(t, m, 3); got != [2]uint64{0, 3} {
		t.Errorf("without the first: seen %v", got)
	}
	l, err := m.AttachKfunc("kfunc__vfs_write")
	if err != nil {
		t.Fatal(err)
	}
	if l.Hook() != "kfunc" || l.Target() != "vfs_write" || !strings.HasSuffix(l.Function(), "vfs_write") {
		t.Errorf("attached %v", l)
	}
	if err := m.DetachKretfunc("vfs_write"); err != nil {
		t.Fatal(err)
	}
	if got := writesSeen(t, m, 3); got != [2]uint64{3, 0} {
		t.Errorf("the first again, without the second: seen %v", got)
	}
	var not *NotAttachedError
	if err := m.DetachKretfunc("vfs_write"); !errors.As(err, &not) {
		t.Errorf("detached twice: %v", err)
	}
}

func TestLiveKfuncErrors(t *testing.T) {
	testenv.Live(t)
	testenv.NeedFentry(t)
	m := loadLive(t, `
KFUNC_PROBE(no_such_function_here) { return 0; }
KFUNC_PROBE(vfs_write, void *file) { return 0; }
int f(void *ctx) { return 0; }
`, &Options{NoAutoAttach: true})
	var unknown *UnknownError
	for _, name := range []string{"", "vfs_read", "kfunc__"} {
		if _, err := m.AttachKfunc(name); !errors.As(err, &unknown) {
			t.Errorf("%q: %v", name, err)
		}
	}
	var attach *AttachError
	var hook *UnknownHookError
	if _, err := m.AttachKfunc("no_such_function_here"); !errors.As(err, &attach) || !errors.As(err, &hook) {
		t.Errorf("absent function: %v", err)
	}
	if err := m.LoadFunc("f", Tracing); err == nil || !strings.Contains(err.Error(), "kfunc__") {
		t.Errorf("a function that does not say where: %v", err)
	}
	if err := m.LoadFunc(m.cName(kfuncHook, "vfs_write"), Tracing); err != nil {
		t.Error(err)
	}
	if err := m.LoadFuncs(); !errors.As(err, &hook) {
		t.Errorf("load all: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachKfunc("vfs_write"); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	var none *Module
	if _, err := none.AttachKretfunc("vfs_write"); err == nil {
		t.Error("no module, no error")
	}
	if err := none.DetachKfunc("vfs_write"); err == nil {
		t.Error("no module, no error")
	}
}

// TestLiveNoKfunc wants the reason on a kernel that refuses such programs.
func TestLiveNoKfunc(t *testing.T) {
	testenv.Live(t)
	if SupportKfunc() == nil {
		t.Skip("this kernel has fentry")
	}
	foreignHeaders(t)
	_, err := Load(kfuncText, &Options{Defines: me()})
	var attach *AttachError
	var lack *UnsupportedError
	if !errors.As(err, &attach) || attach.Hook != "kfunc" || attach.Target != "vfs_write" || !errors.As(err, &lack) {
		t.Fatalf("got %v", err)
	}
}

func TestLiveTracingNames(t *testing.T) {
	testenv.Live(t)
	prefix, err := GetSyscallPrefix()
	if err != nil {
		t.Fatal(err)
	}
	modules, err := os.ReadDir("/sys/module")
	if err != nil || len(modules) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	i := slices.IndexFunc(modules, func(e os.DirEntry) bool { return !strings.Contains(e.Name(), "__") })
	for name, want := range map[string]string{
		"kfunc__vfs_read":                                   "vfs_read",
		"kretfunc__vmlinux__vfs_read":                       "vfs_read",
		"kfunc____x64_sys_close":                            prefix + "close",
		"kfunc__no_module__f":                               "no_module__f",
		"kfunc__" + modules[i].Name() + "__some_function":   "some_function",
		"kretfunc__" + modules[i].Name() + "__two__in_name": "two__in_name",
	} {
		if _, as, err := tracingPlace(name); as.to != want || err != nil {
			t.Errorf("%s: %q, %v", name, as.to, err)
		}
	}
}
