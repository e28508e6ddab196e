package bccgo

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

func TestDetectLanguage(t *testing.T) {
	const lib = "7f0000000000-7f0000001000 r-xp 00000000 08:01 5 /usr/lib/"
	root := roottest.Tree(t, map[string]string{
		"proc/1/exe": roottest.Link + "/usr/lib/jvm/java-17/bin/java", "proc/1/maps": "",
		"proc/2/exe": roottest.Link + "/usr/bin/python3.11", "proc/2/maps": lib + "libjvm.so\n",
		"proc/3/exe": roottest.Link + "/usr/sbin/apache2", "proc/3/maps": lib + "libc.so.6\n" + lib + "libphp8.2.so\n",
		"proc/4/exe": roottest.Link + "/usr/bin/sleep", "proc/4/maps": lib + "libc.so.6\n",
		"proc/5/exe": roottest.Link + "/usr/bin/ruby3.1 (deleted)", "proc/5/maps": "",
		"proc/6/exe": roottest.Link + "/usr/bin/nodejs", "proc/6/maps": "",
		"proc/7/exe": roottest.Link + "/opt/tool", "proc/7/maps": lib + "libperl.so.5.36\n",
	})
	all := []string{"c", "java", "node", "perl", "php", "python", "ruby"}
	for pid, want := range []string{1: "java", 2: "python", 3: "php", 4: "c", 5: "ruby", 6: "node", 7: "perl"} {
		if pid == 0 {
			continue
		}
		if got, err := detectLanguage(root, all, pid); err != nil || got != want {
			t.Errorf("process %d: got %q, %v, want %s", pid, got, err, want)
		}
		if got, err := detectLanguage(root, []string{"go"}, pid); err != nil || got != "" {
			t.Errorf("process %d, not a candidate: got %q, %v", pid, got, err)
		}
	}
	if _, err := detectLanguage(root, all, 99); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing process: %v", err)
	}
}

func TestDetectLanguageOfProcesses(t *testing.T) {
	if got, err := DetectLanguage([]string{"c", "java"}, os.Getpid()); err != nil || got != "c" {
		t.Errorf("this test: got %q, %v", got, err)
	}
	perl, err := exec.LookPath("perl")
	if err != nil {
		t.Skip(err)
	}
	c, err := StartStopped(exec.Command(perl, "-e", "1"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Resume()
	if got, err := detectLanguage(rootfs.Live, []string{"perl", "python"}, c.PID()); err != nil || got != "perl" {
		t.Errorf("perl: got %q, %v", got, err)
	}
}
