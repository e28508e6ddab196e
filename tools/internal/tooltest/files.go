package tooltest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// filesText does as often as a line says what has functions of its own in the virtual
// file system, and then says so.
const filesText = `
import os, stat, sys
def one():
    os.read(zero, 1)
    os.write(null, b"x")
    os.fsync(file)
    os.close(os.open("file", os.O_RDONLY))
    os.mknod("node", stat.S_IFREG | 0o600)
    os.unlink("node")
    os.mkdir("folder")
    os.rmdir("folder")
os.chdir(sys.argv[1])
zero, null = os.open("/dev/zero", os.O_RDONLY), os.open("/dev/null", os.O_WRONLY)
file = os.open("file", os.O_CREAT | os.O_WRONLY)
one()
print("ready", flush=True)
while line := os.read(0, 100):
    for _ in range(int(line)):
        one()
    print("done", flush=True)
`

// FileUser is a process that reads, writes, flushes, opens, makes and removes files
// as it is told.
type FileUser struct {
	*testenv.Proc
	t     testing.TB
	input *os.File
}

// StartFileUser starts one in a folder of its own.
func StartFileUser(t testing.TB) *FileUser {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	cmd := exec.Command("/usr/bin/python3", "-c", filesText, t.TempDir())
	cmd.Stdin = r
	p := testenv.StartCmd(t, cmd)
	r.Close()
	p.Await("(?m)^ready$", time.Minute)
	p.AwaitRest()
	return &FileUser{Proc: p, t: t, input: w}
}

// Use has the process do each n times, and waits until it has. Besides, it reads once
// and writes once more, to be told and to tell. It can be told once.
func (f *FileUser) Use(n int) {
	f.t.Helper()
	if _, err := fmt.Fprintf(f.input, "%d\n", n); err != nil {
		f.t.Fatal(err)
	}
	f.Await("(?m)^done$", time.Minute)
	f.AwaitRest()
}
