package bccgo

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// sold is what letter a of the program passes to shop:sale.
var sold = []string{"[1099511627776 -5] register", "[-7 3] passed", "[6 -5] passed", "[0 -1] constant", "[1099511627782 41] memory", "[-20 -40] static"}

// liveHere wants this machine: what the virtual one adds is its kernel, without
// uprobe_multi, and three tests do for that.
func liveHere(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	if testenv.Current() == testenv.StageVM {
		t.Skip("the same on every kernel")
	}
}

// However a program is built, what is read is what it passed.
func TestLiveUSDTArguments(t *testing.T) {
	testenv.Live(t)
	builds := map[string][]string{"pie": {"-pie", "-fPIE"}, "fixed": {"-no-pie", "-fno-pie"}}
	if testenv.Current() == testenv.StageVM {
		delete(builds, "fixed")
	}
	for name, args := range builds {
		c := startAnswering(t, buildShop(t, args...))
		s := openShop(t, c, USDTOptions{PID: c.pid}, "sale", "small", "till", "empty")
		t.Log(name)
		s.want("a", sold...)
		s.want("w", "[-1 200 -300 60000 -70000 4000000000 -5000000000 -9223372036854775808]")
		s.want("r", "[10 10]", "[-20 -20]", "[30 30]", "[-40 -40]")
		s.want("e", "[]")
		s.want("t", "[1000 1] thread")
	}
}

// The same where the compiler keeps everything in memory, and where addresses
// and offsets in the file are far apart.
func TestLiveUSDTOtherBuilds(t *testing.T) {
	liveHere(t)
	for _, args := range [][]string{{"-O0"}, {"-no-pie", "-Wl,-Ttext-segment=0x10000000"}} {
		c := startAnswering(t, buildShop(t, args...))
		s := openShop(t, c, USDTOptions{PID: c.pid, Path: c.path}, "sale")
		s.want("a", sold...)
	}
}

// Without uprobe_multi, and without cookies too, the same is read: the program
// is then loaded once for each form.
func TestLiveUSDTOlderKernels(t *testing.T) {
	liveHere(t)
	wasMulti, wasCookies := uprobeMulti, attachCookies
	t.Cleanup(func() { uprobeMulti, attachCookies = wasMulti, wasCookies })
	uprobeMulti = func(int) bool { return false }
	c := startAnswering(t, buildShop(t))
	for _, cookies := range []bool{true, false} {
		attachCookies = func() bool { return cookies }
		before := openProbes.Load()
		s := openShop(t, c, USDTOptions{PID: c.pid, Path: c.path}, "sale", "closed")
		s.want("ac", append(slices.Clone(sold), "[24] night")...)
		locations := 0
		for _, a := range s.usdt.Active() {
			if a.PID != c.pid || a.Path != c.path || !strings.HasPrefix(a.Function, "on_") {
				t.Errorf("active %+v", a)
			}
			locations++
		}
		if n := int(openProbes.Load() - before); n != locations || n < 8 {
			t.Errorf("%d probes for %d locations", n, locations)
		}
		if programs := len(s.module.progs); (programs > 2) == cookies {
			t.Errorf("%d programs with cookies %v", programs, cookies)
		}
		if err := s.usdt.Close(); err != nil {
			t.Error(err)
		}
		s.want("ac")
		if n := openProbes.Load(); n != before {
			t.Errorf("%d probes are left", n-before)
		}
	}
}

// A program's semaphore is set while we listen, by process and by file, and not
// in other processes.
func TestLiveUSDTSemaphore(t *testing.T) {
	testenv.Live(t)
	c := startAnswering(t, buildShop(t))
	other := startAnswering(t, c.path)
	s := openShop(t, c, USDTOptions{PID: c.pid, Path: c.path}, "closed")
	if !c.listens() || other.listens() {
		t.Errorf("by process: %v %v", c.listens(), other.listens())
	}
	s.want("cc", "[24] night", "[24] night")
	other.call("c")
	s.want("")
	if links := s.module.Links(); len(links) != 1 || links[0].Hook() != "usdt" || links[0].Close() != nil || c.listens() {
		t.Errorf("after closing the link: %v %v", links, c.listens())
	}
	all := openShop(t, other, USDTOptions{Path: c.path}, "closed")
	later := startAnswering(t, c.path)
	if !c.listens() || !other.listens() || !later.listens() {
		t.Error("not every process listens")
	}
	all.want("c", "[24] night")
	later.call("c")
	all.chain = later
	all.want("", "[24] night")
	if err := all.module.Close(); err != nil || c.listens() || later.listens() {
		t.Errorf("closed: %v", err)
	}
	if err := all.usdt.Close(); err != nil {
		t.Error(err)
	}
}

// AnyProcess takes the probes of one process and the events of all.
func TestLiveUSDTAnyProcess(t *testing.T) {
	liveHere(t)
	c := startAnswering(t, buildShop(t))
	other := startAnswering(t, c.path)
	s := openShop(t, c, USDTOptions{PID: c.pid, AnyProcess: true}, "closed")
	if !other.listens() || s.usdt.Active()[0].PID != 0 {
		t.Errorf("active %+v", s.usdt.Active())
	}
}

// A library is traced in a process that loads it later, by its path.
func TestLiveUSDTLibraryLater(t *testing.T) {
	liveHere(t)
	library := buildShop(t, "-DLIBRARY", "-shared", "-fPIC")
	t.Setenv("SHOP_LIBRARY", library)
	c := startAnswering(t, buildShop(t))
	s := openShop(t, c, USDTOptions{PID: c.pid, Path: library}, "closed")
	c.call("o")
	if c.ask("L") != "y" {
		t.Error("the library's semaphore is not set")
	}
	s.want("lc", "[31] inventory")
	// Now it is among the files that the process has, and so is the program's own.
	u := must(NewUSDT(USDTOptions{PID: c.pid}))(t)
	var paths []string
	for _, p := range u.Probes() {
		if p.String() == "shop:closed" {
			paths = append(paths, p.Path)
		}
	}
	if !slices.Equal(paths, []string{c.path, library}) {
		t.Errorf("closed is in %v", paths)
	}
	if err := s.usdt.Close(); err != nil || c.ask("L") != "n" {
		t.Errorf("closed: %v", err)
	}
	both := openShop(t, c, USDTOptions{PID: c.pid}, "closed")
	both.want("lc", "[31] inventory", "[24] night")
}

// Several USDTs and several probes share a function.
func TestLiveUSDTShared(t *testing.T) {
	liveHere(t)
	c := startAnswering(t, buildShop(t))
	d := startAnswering(t, buildShop(t, "-O0"))
	var list []*USDT
	for _, one := range []*chain{c, d} {
		u := must(NewUSDT(USDTOptions{PID: one.pid, Path: one.path}))(t)
		for _, probe := range []string{"sale", "sale", "closed"} {
			if err := u.EnableProbe(probe, "on_any"); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, u)
	}
	m := loadLive(t, `
BPF_QUEUE(seen, int, 64);
int on_any(struct pt_regs *ctx)
{
	int first = 0;

	bpf_usdt_readarg(1, ctx, &first);
	seen.push(&first, 0);
	return 0;
}`, &Options{USDT: list})
	for _, one := range []*chain{c, d} {
		one.call("a")
		one.call("c")
		var got []int32
		for n, err := range must(Queue[int32](m, "seen"))(t).Drain() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, n)
		}
		if !slices.Equal(got, []int32{0, -7, 6, 0, 6, -20, 24}) {
			t.Errorf("%v", got)
		}
	}
}

// usdtHolder attaches in a process of its own, to be killed.
const usdtHolder = "BCCGO_TEST_USDT_HOLDER"

func TestUSDTHolder(t *testing.T) {
	path := os.Getenv(usdtHolder)
	if path == "" {
		t.Skip("this is a part of another test")
	}
	testenv.Live(t)
	u := must(NewUSDT(USDTOptions{Path: path}))(t)
	if err := u.EnableProbe("closed", "f"); err != nil {
		t.Fatal(err)
	}
	loadLive(t, "int f(struct pt_regs *ctx) { return 0; }", &Options{USDT: []*USDT{u}})
	os.Stdout.WriteString("attached\n")
	os.Stdin.Read(make([]byte, 1))
}

// A probe is switched off when whoever listens is killed.
func TestLiveUSDTKilled(t *testing.T) {
	testenv.Live(t)
	c := startAnswering(t, buildShop(t))
	cmd := exec.Command(os.Args[0], "-test.run=^TestUSDTHolder$")
	cmd.Env = append(os.Environ(), usdtHolder+"="+c.path, "TMPDIR="+t.TempDir())
	in := must(cmd.StdinPipe())(t)
	defer in.Close()
	out := bufio.NewReader(must(cmd.StdoutPipe())(t))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := out.ReadString('\n')
	if line != "attached\n" || !c.listens() {
		t.Errorf("said %q, %v; listens: %v", line, err, c.listens())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	cmd.Wait()
	if c.listens() {
		t.Error("the semaphore is still set")
	}
}

// What was replaced since is noticed; what a process still runs is traced.
func TestLiveUSDTReplaced(t *testing.T) {
	liveHere(t)
	c := startAnswering(t, buildShop(t))
	u := must(NewUSDT(USDTOptions{Path: c.path}))(t)
	if err := u.EnableProbe("closed", "f"); err != nil {
		t.Fatal(err)
	}
	data := must(os.ReadFile(c.path))(t)
	if err := os.Remove(c.path); err != nil {
		t.Fatal(err)
	}
	var failed *AttachError
	_, err := Load("int f(struct pt_regs *ctx) { return 0; }", &Options{USDT: []*USDT{u}})
	if !errors.As(err, &failed) || failed.Hook != "usdt" || !strings.Contains(err.Error(), "has gone") {
		t.Errorf("removed: %v", err)
	}
	if err := os.WriteFile(c.path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = Load("int f(struct pt_regs *ctx) { return 0; }", &Options{USDT: []*USDT{u}})
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "was replaced") {
		t.Errorf("replaced: %v", err)
	}
	for _, o := range []USDTOptions{{PID: c.pid}, {PID: c.pid, Path: c.path}} {
		s := openShop(t, c, o, "closed")
		s.want("c", "[24] night")
		if err := s.usdt.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Programs of other mount namespaces are found where the process has them.
func TestLiveUSDTOtherMounts(t *testing.T) {
	liveHere(t)
	testenv.NeedProgram(t, "unshare")
	path := buildShop(t)
	inner := filepath.Join(t.TempDir(), "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "start")
	writeText(t, script, "#!/bin/sh\nexec unshare --mount sh -c 'mount -t tmpfs none "+inner+" && cp "+path+" "+inner+"/shop && exec "+inner+"/shop'\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	c := startAnswering(t, script)
	c.call("e") // it runs now
	for _, o := range []USDTOptions{{PID: c.pid}, {PID: c.pid, Path: inner + "/shop"}} {
		s := openShop(t, c, o, "closed")
		s.want("c", "[24] night")
		if err := s.usdt.Close(); err != nil {
			t.Error(err)
		}
	}
}
