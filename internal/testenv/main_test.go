package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// leakEnv names what TestMainFindsLeaks leaks when it runs itself in a second
// process.
const leakEnv = "BCCGO_TESTENV_LEAK"

func TestMain(m *testing.M) { Main(m) }

func leakOnPurpose(t *testing.T, what string) {
	var err error
	switch what {
	case "nothing":
	case "goroutine":
		go func() { select {} }()
	case "slow goroutine":
		go time.Sleep(300 * time.Millisecond)
	case "descriptor":
		err = syscall.Pipe(make([]int, 2))
	case "child":
		err = exec.Command("sleep", "5").Start()
	case "file":
		err = os.WriteFile(filepath.Join(os.TempDir(), "bccgo-left"), nil, 0o600)
	default:
		t.Errorf("failed on purpose: %s", what)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestMainFindsLeaks(t *testing.T) {
	if what := os.Getenv(leakEnv); what != "" {
		leakOnPurpose(t, what)
		return
	}
	for _, test := range []struct {
		leak string
		code int
		want string
	}{
		{"nothing", 0, ""},
		{"slow goroutine", 0, ""},
		{"goroutine", 1, "left behind: goroutine"},
		{"descriptor", 1, "left behind: file descriptor"},
		{"child", 1, "left behind: child process"},
		{"file", 1, "left behind: temporary file bccgo-left"},
		{"failure", 1, ""},
	} {
		t.Run(test.leak, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestMainFindsLeaks$")
			cmd.Env = append(os.Environ(), leakEnv+"="+test.leak, StageEnv+"=unit")
			got := StartCmd(t, cmd).Wait(20 * time.Second)
			if got.ExitCode != test.code {
				t.Errorf("want exit status %d: %v", test.code, got)
			}
			if reported := strings.Contains(got.Stderr, "left behind"); reported != (test.want != "") ||
				!strings.Contains(got.Stderr, test.want) {
				t.Errorf("want %q: %v", test.want, got)
			}
		})
	}
}

func TestParseStat(t *testing.T) {
	for _, test := range []struct {
		text, pid, comm, state string
		parent                 int
		ok                     bool
	}{
		{"12 (sh) S 7 12 12", "12", "sh", "S", 7, true},
		{"13 (a b) c) Z 12 1", "13", "a b) c", "Z", 12, true},
		{"14 (short) S", "", "", "", 0, false},
		{"no parentheses", "", "", "", 0, false},
		{")(", "", "", "", 0, false},
		{"", "", "", "", 0, false},
	} {
		pid, comm, state, parent, ok := parseStat(test.text)
		if pid != test.pid || comm != test.comm || state != test.state || parent != test.parent || ok != test.ok {
			t.Errorf("%q: got %q %q %q %d %t", test.text, pid, comm, state, parent, ok)
		}
	}
}

func TestParseStacks(t *testing.T) {
	dump := `goroutine 1 [running]:
main.main()
	/x/main.go:1 +0x1

goroutine 5 [select (no cases)]:
example.com/x.work(...)
	/x/x.go:2 +0x1
created by example.com/x.Start in goroutine 1
	/x/x.go:1 +0x1

goroutine 6 [syscall]:
os/signal.signal_recv()
	/go/sigqueue.go:152 +0x1
os/signal.loop()
	/go/signal_unix.go:23 +0x1
created by os/signal.Notify.func1.1 in goroutine 1
	/go/signal.go:152 +0x1
`
	got := parseStacks(dump)
	if len(got) != 1 || !strings.Contains(got["5"], "x.work") {
		t.Errorf("got %v, want goroutine 5 alone", got)
	}
}
