package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const traced = `
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#include <unistd.h>
unsigned short shop_sale_semaphore __attribute__((section(".probes")));
unsigned short shop_price_semaphore __attribute__((section(".probes")));
unsigned short shop_closed_semaphore __attribute__((section(".probes")));
int main(void)
{
	register long what asm("rbx") = 1;
	register int price asm("r12") = 2;

	asm volatile("" : "+r"(what), "+r"(price));
	STAP_PROBE3(shop, sale, what, price, -5);
	STAP_PROBE1(shop, sale, 7u);
	STAP_PROBE1(shop, price, 2.5);
	STAP_PROBE(shop, closed);
	return pause();
}
`

// build compiles the program, in which the arguments are where the text says.
func build(t *testing.T) string {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	path := filepath.Join(t.TempDir(), "shop")
	cmd := exec.Command("gcc", "-x", "c", "-O1", "-o", path, "-")
	cmd.Stdin = strings.NewReader(traced)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// addresses are not the same in every build.
var addresses = regexp.MustCompile(`0x[0-9a-f]+|"(address|semaphore)":\d+`)

func TestProbes(t *testing.T) {
	path := build(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "FILE shop:sale\nFILE shop:price\nFILE shop:closed\n"},
		{[]string{"*:s*"}, "FILE shop:sale\n"},
		{[]string{"shop:[bc]losed"}, "FILE shop:closed\n"},
		{[]string{"sale"}, ""},
		{[]string{"-v", "shop:sale"}, "shop:sale [sema N]\n  2 location(s)\n  3 argument(s)\n"},
		{[]string{"-vv", "shop:sale"}, "shop:sale [sema N]\n  location #1 FILE N\n    argument #1 8 signed   bytes @ bx\n" +
			"    argument #2 4 signed   bytes @ r12\n    argument #3 4 signed   bytes @ $-5\n" +
			"  location #2 FILE N\n    argument #1 4 unsigned bytes @ $7\n"},
		{[]string{"-v", "-v", "shop:closed"}, "shop:closed [sema N]\n  location #1 FILE N\n"},
		{[]string{"--json", "shop:closed"}, `{"path":"FILE","provider":"shop","name":"closed",N,"locations":[{N,"arguments":[]}]}` + "\n"},
	} {
		code, out, errs := tooltest.Execute(tool(), append([]string{"-l", path}, c.args...)...)
		got := addresses.ReplaceAllString(strings.ReplaceAll(out, path, "FILE"), "N")
		if code != 0 || got != c.want || errs != "" {
			t.Errorf("%q: %d %s\n got %s\nwant %s", c.args, code, errs, got, c.want)
		}
	}
	if _, out, _ := tooltest.Execute(tool(), "-l", path, "-vv", "shop:price"); !strings.Contains(out, "argument #1 unreadable: ") || !strings.Contains(out, "floating-point") {
		t.Errorf("a floating-point argument: %s", out)
	}
	if _, out, _ := tooltest.Execute(tool(), "-l", path, "--json", "shop:price"); !strings.Contains(out, `"error":"argument `) {
		t.Errorf("a floating-point argument: %s", out)
	}
}

func TestLiveProbesOfProcess(t *testing.T) {
	testenv.Live(t)
	path := build(t)
	cmd := exec.Command(path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	pid := strconv.Itoa(cmd.Process.Pid)
	for _, args := range [][]string{{"-p", pid}, {"-p", pid, "-l", path}} {
		if code, out, errs := tooltest.Execute(tool(), append(args, "shop:sale")...); code != 0 || out != path+" shop:sale\n" {
			t.Errorf("%q: %d %s %s", args, code, out, errs)
		}
	}
}

func TestLiveTracepoints(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "sched:sched_switch")
	code, out, errs := tooltest.Execute(tool(), "sched:sched_switch")
	if code != 0 || out != "sched:sched_switch\n" {
		t.Errorf("%d %s %s", code, out, errs)
	}
	_, all, _ := tooltest.Execute(tool())
	if !strings.Contains("\n"+all, "\nsched:sched_switch\n") || strings.Contains(all, ";") || strings.Count(all, "\n") < 100 {
		t.Errorf("all of them: %s", all)
	}
	_, out, _ = tooltest.Execute(tool(), "-v", "sched:sched_switch")
	for _, want := range []string{"sched:sched_switch\n    char[16] prev_comm;\n    pid_t prev_pid;\n", "    int next_prio;\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("fields: %s", out)
		}
	}
	if strings.Contains(out, "common_") {
		t.Errorf("fields that all have: %s", out)
	}
	if _, out, _ = tooltest.Execute(tool(), "-v", "sched:sched_process_exec"); !strings.Contains(out, "    __data_loc char[] filename;\n") {
		t.Errorf("text of any length: %s", out)
	}
	if _, out, _ = tooltest.Execute(tool(), "--json", "sched:sched_switch"); !strings.HasPrefix(out, `{"tracepoint":"sched:sched_switch","fields":[{"type":"char[16]","name":"prev_comm","offset":8,"size":16}`) {
		t.Errorf("JSON: %s", out)
	}
}

func TestRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"bracket": {"x["}, "unexpected argument": {"a", "b"}, "not an ELF file": {"-l", text}, "no-such-library": {"-l", "no-such-library"},
		"no such process": {"-p", "1073741824"}, "negative": {"-p", "-1"},
	} {
		if code, out, errs := tooltest.Execute(tool(), args...); code != 1 || out != "" || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: %d %q %q", args, code, out, errs)
		}
	}
}
