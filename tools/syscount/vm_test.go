package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter the test's calls are among those counted.
func TestVMAll(t *testing.T) {
	testenv.VM(t)
	th := tooltest.StartThread(t, 0, "caller")
	p := tooltest.Start(t, "syscount", "--json", "-T", "1000")
	th.Do(activity(t))
	got := rows(t, tooltest.StopNow(t, p).Stdout)
	for call, n := range map[string]uint64{"fdatasync": syncs, "statfs": stats, "ppoll": pauses, "getpgid": umasks} {
		if got[call].Count < n || got[call].Count > n+50 {
			t.Errorf("%s: got %d, want %d and few more", call, got[call].Count, n)
		}
	}
}

// Calls of a program of 32 bits, whose numbers mean others, are told apart.
func TestVM32Bit(t *testing.T) {
	testenv.VM(t)
	if runtime.GOARCH != "amd64" {
		t.Skip("the program is one for x86")
	}
	path := filepath.Join(t.TempDir(), "small")
	if err := os.WriteFile(path, program32(), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, top := range []string{"-T", "-LT"} {
		p := tooltest.Start(t, "syscount", "--json", top, "100", "-c", fmt.Sprint(os.Getpid()))
		if out, err := exec.Command(path).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got := rows(t, tooltest.StopNow(t, p).Stdout)
		if r := got["[32-bit: 20]"]; r.Count != 5 || !r.Compat || *r.Number != 20 || got["writev"].Count != 0 {
			t.Errorf("got %v", got)
		}
	}
}

// program32 is a program of 32 bits that calls getpid, number 20, five times.
func program32() []byte {
	code := []byte{
		0xbf, 5, 0, 0, 0, // mov $5, %edi
		0xb8, 20, 0, 0, 0, // mov $20, %eax
		0xcd, 0x80, // int $0x80
		0x4f,       // dec %edi
		0x75, 0xf6, // jnz to the second line
		0xb8, 1, 0, 0, 0, // mov $1, %eax
		0x31, 0xdb, // xor %ebx, %ebx
		0xcd, 0x80, // int $0x80
	}
	const base, headers = 0x10000, 52 + 32
	le := binary.LittleEndian
	b := append([]byte("\x7fELF"), 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, half := range []uint16{2, 3} { // an executable, for the 386
		b = le.AppendUint16(b, half)
	}
	for _, word := range []uint32{1, base + headers, 52, 0, 0} { // version, entry, where the other header is
		b = le.AppendUint32(b, word)
	}
	for _, half := range []uint16{52, 32, 1, 0, 0, 0} { // sizes and numbers of headers
		b = le.AppendUint16(b, half)
	}
	size := uint32(headers + len(code))
	for _, word := range []uint32{1, 0, base, base, size, size, 5, 0x1000} { // load it all, to read and execute
		b = le.AppendUint32(b, word)
	}
	return append(b, code...)
}

// BCC's own tool and this one count the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	th := tooltest.StartThread(t, 0, "caller")
	tid := fmt.Sprint(th.TID)
	theirs := tooltest.StartTheirs(t, "syscount", "Tracing", "-L", "-T", "100", "-t", tid)
	ours := tooltest.Start(t, "syscount", "-L", "-T", "100", "-t", tid)
	th.Do(activity(t))
	time.Sleep(testenv.Timeout(300 * time.Millisecond))
	got, want := table(tooltest.StopNow(t, ours).Stdout), table(tooltest.StopTheirs(t, theirs))
	for _, call := range []string{"fdatasync", "statfs", "ppoll", "getpgid"} {
		our, their := got[call], want[call]
		var ourTime, theirTime float64
		fmt.Sscan(our["TIME (us)"], &ourTime)
		fmt.Sscan(their["TIME (us)"], &theirTime)
		// Each tool's clock runs while the other one works.
		if slack := 20 * float64(pause.Microseconds()); ourTime <= 0 || ourTime > theirTime+slack || theirTime > ourTime+slack {
			t.Errorf("%s: %v us, BCC's %v", call, ourTime, theirTime)
		}
		delete(our, "TIME (us)")
		delete(their, "TIME (us)")
		c.Row(call, our, their)
	}
	c.Explained("TIME (us)", "compared within limits: each tool measures the other one's work at the same call")
}

var tableRE = regexp.MustCompile(`(?m)^(\w+) +(\d+) +(\d+\.\d{3})$`)

// table is an output with times by call.
func table(out string) map[string]map[string]string {
	all := make(map[string]map[string]string)
	for _, m := range tableRE.FindAllStringSubmatch(out, -1) {
		all[m[1]] = map[string]string{"SYSCALL": m[1], "COUNT": m[2], "TIME (us)": m[3]}
	}
	return all
}
