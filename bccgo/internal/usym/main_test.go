package usym

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// target obeys commands, one a line, and answers each with one line. It offers
// functions to be found: exported, local, weak aliases, nested ones.
const target = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/auxv.h>
#include <unistd.h>

__attribute__((noinline)) static int hidden_part(int n)
{
	asm volatile("" : : : "memory");
	return n * 3 + 1;
}

__attribute__((noinline)) int visible_part(int n)
{
	asm volatile("" : : : "memory");
	return hidden_part(n) + hidden_part(n + 1);
}

int __inner_alias(int n) __attribute__((alias("visible_part")));

asm(".text\n"
    ".globl outer_part\n.type outer_part, @function\nouter_part:\n"
    ".skip 16, 0x90\n"
    ".globl nested_part\n.type nested_part, @function\nnested_part:\n"
    ".skip 8, 0x90\n.size nested_part, 8\n"
    ".skip 16, 0x90\nret\n.size outer_part, .-outer_part\n"
    ".globl sizeless_part\n.type sizeless_part, @function\nsizeless_part:\n"
    ".skip 24, 0x90\nret\n");
extern char outer_part[], nested_part[];

static void say(void *addr)
{
	printf("%lx\n", (unsigned long)addr);
}

int main(int argc, char **argv)
{
	char line[4096], *arg;

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* What follows an exec is for the next program. */
	setvbuf(stdin, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		arg = strchr(line, ' ');
		if (arg)
			*arg++ = 0;
		if (!strcmp(line, "hidden"))
			say(hidden_part);
		else if (!strcmp(line, "visible"))
			say(visible_part);
		else if (!strcmp(line, "nested"))
			say(nested_part);
		else if (!strcmp(line, "outer"))
			say(outer_part);
		else if (!strcmp(line, "dlopen"))
			say(dlsym(dlopen(arg, RTLD_NOW), "library_part"));
		else if (!strcmp(line, "vdso"))
			say((void *)getauxval(AT_SYSINFO_EHDR));
		else if (!strcmp(line, "jit"))
			say(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		else if (!strcmp(line, "pid"))
			printf("%x\n", getpid());
		else if (!strcmp(line, "exec"))
			execl(arg, arg, (char *)NULL);
		else
			return visible_part(argc) & 1;
	}
	return 0;
}
`

// build compiles C into a file, with more of gcc's arguments.
func build(t testing.TB, path, text string, args ...string) string {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	cmd := exec.Command("gcc", append([]string{"-x", "c", "-O1", "-g0", "-o", path, "-", "-x", "none"}, args...)...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc %v: %v\n%s", args, err, out)
	}
	return path
}

func run(t testing.TB, argv ...string) string {
	t.Helper()
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	return string(out)
}

func copyFile(t testing.TB, from, to string) string {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

// nm returns the functions of a file by name, as binutils see them.
func nm(t testing.TB, path string, args ...string) map[string]uint64 {
	t.Helper()
	testenv.NeedProgram(t, "nm")
	found := make(map[string]uint64)
	for line := range strings.Lines(run(t, append(append([]string{"nm", "--defined-only"}, args...), path)...)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && strings.Contains("tTwWi", fields[1]) {
			addr, err := strconv.ParseUint(fields[0], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(fields[2], "@")
			found[name] = addr
		}
	}
	return found
}

// child is a running target.
type child struct {
	t     testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	ended bool
}

func start(t testing.TB, argv ...string) *child {
	t.Helper()
	// A command that is not answered must not block the test for ever.
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Timeout(30*time.Second))
	t.Cleanup(cancel)
	c := &child{t: t, cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	return c
}

// end lets the process end and waits for it.
func (c *child) end() {
	if c.ended {
		return
	}
	c.ended = true
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("%v: %v", c.cmd.Args, err)
	}
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// ask gives a command and returns the number that is the answer.
func (c *child) ask(command string) uint64 {
	c.t.Helper()
	c.tell(command)
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("%s: %v", command, err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	if err != nil || n == 0 {
		c.t.Fatalf("%s: answer %q", command, line)
	}
	return n
}

func (c *child) tell(command string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, command+"\n"); err != nil {
		c.t.Fatalf("%s: %v", command, err)
	}
}

// clocked returns a live resolver whose time the test moves.
func clocked() (r *Resolver, advance func(time.Duration)) {
	r = New("", 0)
	now := time.Duration(0)
	r.clock = func() time.Duration { return now }
	return r, func(d time.Duration) { now += d }
}

// openELF parses an ELF file for a test.
func openELF(t testing.TB, path string) *elf.File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
