package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

// doctor runs bccgo doctor --json and returns the states by check.
func doctor(t *testing.T, cmd *exec.Cmd) (map[string]bccgo.HostStatus, testenv.Result) {
	t.Helper()
	res := testenv.StartCmd(t, cmd).Wait(enough)
	var checks []bccgo.HostCheck
	if err := json.Unmarshal([]byte(res.Stdout), &checks); err != nil {
		t.Fatalf("%v in %v", err, res)
	}
	states := make(map[string]bccgo.HostStatus)
	for _, c := range checks {
		states[c.ID] = c.Status
		if c.Status == bccgo.HostFail && (c.Why == "" || len(c.Fix) == 0) {
			t.Errorf("%s fails without reason or remedy: %+v", c.ID, c)
		}
	}
	return states, res
}

func TestDoctorAsRoot(t *testing.T) {
	tool := live(t)
	states, res := doctor(t, exec.Command(tool, "doctor", "--json"))
	if states["privileges"] != bccgo.HostOK || states["tracefs"] != bccgo.HostOK {
		t.Errorf("%v", states)
	}
	want := 0
	for _, state := range states {
		if state == bccgo.HostFail {
			want = 1
		}
	}
	if res.ExitCode != want || res.Stderr != "" {
		t.Errorf("want exit status %d: %v", want, res)
	}
}

func TestDoctorUnprivileged(t *testing.T) {
	tool := live(t)
	cmd := exec.Command(tool, "doctor", "--json")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	states, res := doctor(t, cmd)
	if states["privileges"] != bccgo.HostFail || res.ExitCode != 1 {
		t.Errorf("%v", res)
	}
}

// TestDoctorCache asks about a cache that is another user's, and about one that
// can be used.
func TestDoctorCache(t *testing.T) {
	tool := live(t)
	own := filepath.Join(t.TempDir(), "cache")
	for _, test := range []struct {
		dir  string
		uid  uint32
		want bccgo.HostStatus
	}{{own, 0, bccgo.HostOK}, {t.TempDir(), 65534, bccgo.HostWarn}, {own, 65534, bccgo.HostWarn}} {
		cmd := exec.Command(tool, "doctor", "--json")
		cmd.Env = append(os.Environ(), "BCCGO_CACHE="+test.dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: test.uid, Gid: test.uid}}
		if states, res := doctor(t, cmd); states["cache"] != test.want || !strings.Contains(res.Stdout, test.dir) {
			t.Errorf("%s for user %d: %v", test.dir, test.uid, res)
		}
	}
}

func TestDoctorWithoutTracefs(t *testing.T) {
	tool := live(t)
	testenv.NeedProgram(t, "unshare")
	argv := withoutTracefs(tool, "doctor", "--json")
	states, res := doctor(t, exec.Command(argv[0], argv[1:]...))
	if states["tracefs"] != bccgo.HostFail || res.ExitCode != 1 || !strings.Contains(res.Stdout, "mount -t tracefs") {
		t.Errorf("%v", res)
	}
}
