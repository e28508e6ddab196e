package toolkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// execute runs a tool whose work is f.
func execute(t *testing.T, f func(context.Context, *Session) error, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	tool := &Tool{Name: "snoop", Usage: "test", Description: "Tests.", Examples: []string{"snoop -x"},
		Flags: []cli.Flag{&cli.BoolFlag{Name: "exec"}, &cli.BoolFlag{Name: "all", Aliases: []string{"a"}},
			&cli.StringFlag{Name: "uid", Aliases: []string{"u"}}}, Run: f}
	code = tool.Execute(t.Context(), append([]string{"snoop"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func TestExecute(t *testing.T) {
	broken := errors.New("it broke")
	for _, test := range []struct {
		name           string
		args           []string
		run            func(context.Context, *Session) error
		code           int
		stdout, stderr string
	}{
		{"result", []string{"-au", "0"}, func(_ context.Context, s *Session) error { return s.Out.Printf("%d\n", 1) }, 0, "1\n", ""},
		{"json", []string{"--json"}, func(_ context.Context, s *Session) error {
			if !s.JSON {
				return broken
			}
			return s.Out.JSON(map[string]string{"a": "<b>"})
		}, 0, "{\"a\":\"<b>\"}\n", ""},
		{"error", nil, func(context.Context, *Session) error { return broken }, 1, "", "snoop: it broke\n"},
		{"reader gone", nil, func(context.Context, *Session) error { return &os.PathError{Op: "write", Err: syscall.EPIPE} }, 0, "", ""},
		{"unknown flag", []string{"--no"}, nil, 1, "", "snoop: flag provided but not defined: -no\n"},
		{"argument", []string{"x"}, nil, 1, "", "snoop: unexpected argument \"x\"; see snoop --help\n"},
		{"bad duration", []string{"-d", "-1"}, nil, 1, "", "snoop: --duration -1: cannot be less than 0\n"},
		{"verbose", []string{"-v"}, func(_ context.Context, s *Session) error { s.Notef("n %d", 1); return nil }, 0, "", "snoop: n 1\n"},
		{"quiet", nil, func(_ context.Context, s *Session) error { s.Notef("n"); return nil }, 0, "", ""},
		{"losses", nil, func(_ context.Context, s *Session) error {
			s.Losses.Add(0, 2)
			s.Losses.Add(1, 3)
			s.Losses.finish([missedKinds]uint64{missedCalls: 7, missedEvents: 6}, 0)
			s.Losses.What = "requests"
			s.Losses.finish([missedKinds]uint64{missedCalls: 1, missedEvents: 6, missedStacks: 3}, 2)
			return nil
		}, 0, "", "snoop: lost 2 events, 2 in all: they came faster than they were read\n" +
			"snoop: 7 calls not seen: too many at once\n" +
			"snoop: 2 times left out by the kernel: they interrupted another program\n" +
			"snoop: 1 requests not seen: too many at once\n" +
			"snoop: 3 times a stack was not kept: there are too many different ones\n" +
			"snoop: lost 4 events, 6 in all: they came faster than they were read\n"},
		{"C text", []string{"--ebpf"}, func(_ context.Context, s *Session) error {
			if !s.EBPF {
				return broken
			}
			return s.PrintC("int x;\n", map[string]string{"B": "1", "A": ""})
		}, 0, "#define A\n#define B 1\nint x;\n", ""},
		{"command", []string{"-a", "--exec", "ls", "-l", "--json"}, func(_ context.Context, s *Session) error {
			if s.JSON || !slices.Equal(s.Command, []string{"ls", "-l", "--json"}) {
				return broken
			}
			return nil
		}, 0, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := execute(t, test.run, test.args...)
			if code != test.code || stdout != test.stdout || stderr != test.stderr {
				t.Errorf("got %d, %q, %q; want %d, %q, %q", code, stdout, stderr, test.code, test.stdout, test.stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	code, stdout, stderr := execute(t, nil, "--help")
	for _, want := range []string{"snoop -x", "--json", "--duration SECONDS, -d SECONDS", "--verbose, -v"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in %s", want, stdout)
		}
	}
	if code != 0 || stderr != "" {
		t.Errorf("got %d, %q", code, stderr)
	}
}

// A tool that takes arguments takes them before its flags, too, and may give the
// common flags' short names to its own.
func TestArguments(t *testing.T) {
	for _, test := range []struct {
		args []string
		want []string
		disk string
		code int
	}{
		{[]string{"1", "10", "-m"}, []string{"1", "10"}, "", 0},
		{[]string{"-md", "sda", "1"}, []string{"1"}, "sda", 0},
		{[]string{"1", "-d", "sda", "-m", "2"}, []string{"1", "2"}, "sda", 0},
		{[]string{"-m", "--disk=sda", "1", "--duration", "2"}, []string{"1"}, "sda", 0},
		{[]string{"-m", "--", "-1"}, []string{"-1"}, "", 0},
		{[]string{"-m", "1", "2", "3"}, nil, "", 1},
	} {
		var disk string
		var got []string
		tool := &Tool{Name: "snoop", MaxArgs: 2, ArgsUsage: "[interval [count]]", Flags: []cli.Flag{
			&cli.BoolFlag{Name: "m"}, &cli.StringFlag{Name: "disk", Aliases: []string{"d"}, Destination: &disk}},
			Run: func(_ context.Context, s *Session) error { got = s.Args; return nil }}
		code := tool.Execute(t.Context(), append([]string{"snoop"}, test.args...), io.Discard, io.Discard)
		if code != test.code || disk != test.disk || !slices.Equal(got, test.want) {
			t.Errorf("%q: got %d, %q, disk %q", test.args, code, got, disk)
		}
	}
}

// A flag whose value is optional takes what follows it unless that is a flag.
func TestOptional(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", ""}, {"--lib", "std"}, {"-l", "std"}, {"-l x", "x"}, {"--lib x -a", "x"}, {"--lib=x", "x"}, {"-l=x", "x"},
		{"-l -a", "std"}, {"-al", "std"}, {"-al x", "x"}, {"-a --lib --json", "std"}, {"-l --", "std"}, {"-a", ""},
	} {
		var lib string
		tool := &Tool{Name: "snoop", Optional: map[string]string{"lib": "std", "l": "std"}, Flags: []cli.Flag{
			&cli.BoolFlag{Name: "a"}, &cli.StringFlag{Name: "lib", Aliases: []string{"l"}, Destination: &lib}},
			Run: func(context.Context, *Session) error { return nil }}
		var errs bytes.Buffer
		if code := tool.Execute(t.Context(), append([]string{"snoop"}, strings.Fields(test.args)...), io.Discard, &errs); code != 0 || lib != test.want {
			t.Errorf("%q: got %d, %q, want %q: %s", test.args, code, lib, test.want, &errs)
		}
	}
}

// The summary of --stats counts what came out, after all of it.
func TestStats(t *testing.T) {
	code, stdout, stderr := execute(t, func(_ context.Context, s *Session) error {
		s.Losses.Add(0, 2)
		return errors.Join(s.Out.Printf("a\nb\n"), s.Out.JSON(1))
	}, "--stats")
	want := regexp.MustCompile(`^(snoop: count the runs .*\n)?snoop: lost 2 events, .*\nsnoop: 3 lines, 6 bytes in 0\.\d s; 2 events lost; processor time \d+\.\d{3} s, memory \d+\.\d MiB at most\n$`)
	if code != 0 || stdout != "a\nb\n1\n" || !want.MatchString(stderr) {
		t.Errorf("got %d, %q, %q", code, stdout, stderr)
	}
}

func TestCompletion(t *testing.T) {
	args := os.Args
	defer func() { os.Args = args }()
	for _, line := range [][]string{{"--e", "--generate-bash-completion"}, {"-a", "--e", "--generate-bash-completion"}} {
		os.Args = append([]string{"snoop"}, line...) // where the completion looks
		if code, stdout, stderr := execute(t, nil, line...); code != 0 || stdout != "--exec\n" || stderr != "" {
			t.Errorf("%q: got %d, %q, %q", line, code, stdout, stderr)
		}
	}
}

func TestWays(t *testing.T) {
	refused := errors.New("too old")
	ways := []Way{{Name: "first", Kind: "kprobe", Refused: refused}, {Name: "second", Kind: "tracepoint"}, {Name: "third"}}
	for kind, want := range map[string]string{"auto": "second", "tracepoint": "second", "kprobe": "third"} {
		var notes bytes.Buffer
		w := Ways{kind: kind}
		got, err := w.Choose(&Session{Common: Common{Verbose: true}, name: "snoop", stderr: &notes}, "starts", ways...)
		if err != nil || got.Name != want || !strings.HasSuffix(notes.String(), "snoop: starts: "+want+"\n") ||
			!strings.HasPrefix(notes.String(), "snoop: starts: not first: ") {
			t.Errorf("%s: got %v, %v, %q", kind, got, err, &notes)
		}
	}
	w := Ways{kind: "auto"}
	if _, err := w.Choose(&Session{}, "starts", ways[0]); !errors.Is(err, refused) || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
	if _, err := (&Ways{kind: "magic"}).Choose(&Session{}, "starts", ways...); err == nil || !strings.Contains(err.Error(), "magic") {
		t.Error(err)
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{Common: Common{Duration: time.Minute}}
		begin := time.Now()
		ctx, cancel := s.Limit(t.Context())
		defer cancel()
		<-ctx.Done()
		if took := time.Since(begin); took != time.Minute || context.Cause(ctx) != errOver {
			t.Errorf("ended after %v because %v", took, context.Cause(ctx))
		}
	})
}

// failing refuses every write.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestOutputFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		o := NewOutput(w)
		go o.Printf("a\n")
		line := make([]byte, 8)
		if n, err := r.Read(line); string(line[:n]) != "a\n" || err != nil {
			t.Errorf("read %q, %v", line[:n], err)
		}
		time.Sleep(time.Second)
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOutputKeepsItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := NewOutput(failing{})
		if err := o.Printf("a"); err != nil {
			t.Fatalf("the first line is only buffered, but: %v", err)
		}
		time.Sleep(time.Second)
		if err := o.JSON(1); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("after the flush: %v", err)
		}
		if err := o.Close(); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("at the end: %v", err)
		}
	})
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain äö": "plain äö", "a\nb\tc": `a\nb\tc`, "\x1b[2J": `\x1b[2J`, "\xff\n": "\xff" + `\n`,
		"\u0085": `\x85`, "\ufffd\n": "\ufffd" + `\n`, "": "",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestUserID(t *testing.T) {
	for in, want := range map[string]uint32{"0": 0, "4294967294": 4294967294, "root": 0} {
		if got, err := UserID(in); got != want || err != nil {
			t.Errorf("%s: got %d, %v", in, got, err)
		}
	}
	if _, err := UserID("no such user"); err == nil {
		t.Error("an unknown user has an id")
	}
}

func TestProc(t *testing.T) {
	self := uint32(os.Getpid())
	if got := ParentPID(self); got != uint32(os.Getppid()) {
		t.Errorf("parent %d, want %d", got, os.Getppid())
	}
	want := filepath.Base(os.Args[0])
	want = want[:min(len(want), 15)] // the kernel's limit
	if got := Comm(self); got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	if ppid, comm := ParentPID(0), Comm(0); ppid != 0 || comm != "" {
		t.Errorf("a missing process has parent %d and name %q", ppid, comm)
	}
}

func TestProgramOf(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ProgramOf(os.Getpid())
	if want := (Program{self, os.Getpid(), fmt.Sprintf("/proc/%d/exe", os.Getpid())}); got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := ProgramOf(4194305); err == nil || !strings.Contains(err.Error(), "--pid 4194305: ") {
		t.Error(err)
	}
	if got := KernelPID(7); got != 7 && got != 0 {
		t.Errorf("process 7 is %d", got)
	}
}

func TestContainersDefine(t *testing.T) {
	pin := t.TempDir() + "/a pin"
	if err := os.WriteFile(pin, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defines := map[string]string{}
	c := Containers{cgroupMap: pin, mntnsMap: pin}
	if err := c.Define(defines, true); err != nil || defines["CGROUP_MAP"] != `"`+pin+`"` || defines["MNTNS_MAP"] != `"`+pin+`"` {
		t.Errorf("got %v, %v", defines, err)
	}
	if err := c.Define(map[string]string{}, false); err == nil {
		t.Error("mount namespaces are found with foreign headers")
	}
	c = Containers{cgroupMap: pin + "no"}
	if err := c.Define(map[string]string{}, true); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing pin: %v", err)
	}
}

func TestProbesRefusesKinds(t *testing.T) {
	p := Syscalls{kind: "magic"}
	if err := p.Define(&Session{}, map[string]string{}); err == nil || !strings.Contains(err.Error(), "magic") {
		t.Error(err)
	}
}

func TestChildEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, err := StartStopped(ctx, []string{"/bin/sleep", "100"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	c.Resume()
	cancel()
	if err := c.Wait(); err == nil {
		t.Error("the child slept to its end")
	}
}

func TestChildMissing(t *testing.T) {
	if _, err := StartStopped(t.Context(), []string{"/no/such/program"}, io.Discard); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A process has ended when its parent has not yet asked how, too.
func TestEnded(t *testing.T) {
	if Ended(os.Getpid()) || !Ended(1<<22+1) {
		t.Error("this process has not ended, and there is none of that number")
	}
	child := exec.Command("true")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !Ended(child.Process.Pid); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Error("a process that has exited has not ended")
			break
		}
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
}
