package bccgo

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A process may end at any time: before its probes are attached to that is an
// error that says so, later it is none.
func TestLiveUSDTProcessEnds(t *testing.T) {
	liveHere(t)
	path := buildShop(t)
	for _, multi := range []bool{true, false} {
		if multi && SupportUprobeMulti() != nil {
			continue
		}
		was := uprobeMulti
		t.Cleanup(func() { uprobeMulti = was })
		uprobeMulti = func(int) bool { return multi }
		for _, early := range []bool{true, false} {
			pid, end := startShop(t, path)
			u := must(NewUSDT(USDTOptions{PID: pid, Path: path}))(t)
			if err := u.EnableProbe("sale", "on_sale"); err != nil {
				t.Fatal(err)
			}
			if early {
				end()
			}
			m, err := Load(saleText, &Options{USDT: []*USDT{u}})
			var failed *AttachError
			if early {
				m.Close()
				if !errors.As(err, &failed) || !strings.Contains(err.Error(), "has ended") {
					t.Errorf("uprobe_multi %v: %v", multi, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			end()
			if err := errors.Join(u.Close(), m.Close()); err != nil {
				t.Error(err)
			}
		}
	}
}

// startShop starts the program; end lets it come to its end and waits for that.
func startShop(t *testing.T, path string) (pid int, end func()) {
	t.Helper()
	cmd := exec.Command(path)
	in := must(cmd.StdinPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitSleep(t, cmd.Process.Pid)
	return cmd.Process.Pid, func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// A program for another kind of machine can be looked into, and not traced.
func TestUSDTOtherMachine(t *testing.T) {
	path := shopFile(t)
	data := must(os.ReadFile(path))(t)
	copy(data[18:], []byte{183, 0}) // EM_AARCH64
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	u := must(NewUSDT(USDTOptions{Path: path}))(t)
	if err := u.EnableProbe("empty", "f"); err != nil {
		t.Fatal(err)
	}
	var unsupported *UnsupportedError
	if _, err := u.Text(); !errors.As(err, &unsupported) || !strings.Contains(err.Error(), "EM_AARCH64") {
		t.Error(err)
	}
	for _, p := range u.Probes() {
		if p.Name == "sale" && p.Arguments[0].Err == nil {
			t.Errorf("argument %+v", p.Arguments[0])
		}
	}
}
