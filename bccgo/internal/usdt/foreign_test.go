package usdt

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// foreign are programs and libraries with probes that may be installed.
var foreign = []string{
	"/usr/lib/jvm/java-*-openjdk-*/lib/server/libjvm.so", "/usr/bin/python3.1[0-9]",
	"/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib/postgresql/*/bin/postgres",
}

func installed(t testing.TB) []string {
	var found []string
	for _, pattern := range foreign {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, names...)
	}
	if len(found) == 0 {
		t.Skip("no program with probes is installed")
	}
	return found
}

var readelfNote = regexp.MustCompile(`(?s)Provider: (\S+)\s+Name: (\S+)\s+Location: (\S+), Base: (\S+), Semaphore: (\S+)\s+Arguments: ?([^\n]*)`)

// Everything that readelf(1) sees in real files is seen, and every argument in
// them is understood.
func TestForeign(t *testing.T) {
	testenv.NeedProgram(t, "readelf")
	for _, path := range installed(t) {
		out, err := exec.Command("readelf", "--wide", "-n", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, m := range readelfNote.FindAllStringSubmatch(string(out), -1) {
			want = append(want, fmt.Sprintf("%s:%s %s %s %s", m[1], m[2], m[3], m[5], strings.TrimSpace(m[6])))
		}
		f, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		var got []string
		for _, p := range f.Probes {
			for _, l := range p.Locations {
				var specs []string
				for _, a := range l.Arguments {
					specs = append(specs, a.Spec)
					if a.Err != nil {
						t.Errorf("%s: %s: %v", path, &p, a.Err)
					}
				}
				got = append(got, fmt.Sprintf("%s 0x%016x 0x%016x %s", &p, l.Address, l.Semaphore, strings.Join(specs, " ")))
				if l.Err != nil {
					t.Error(l.Err)
				}
			}
		}
		slices.Sort(want)
		want = slices.Compact(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d locations, readelf has %d:\n%s\n\n%s", path, len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		t.Logf("%s: %d probes, %d locations", path, len(f.Probes), len(got))
	}
}

// BenchmarkOpen reads the largest file there is, libjvm.so if that is installed:
// promised are 50 ms.
func BenchmarkOpen(b *testing.B) {
	path, size := "", int64(0)
	for _, name := range installed(b) {
		if info, err := os.Stat(name); err == nil && info.Size() > size {
			path, size = name, info.Size()
		}
	}
	b.ReportAllocs()
	b.Logf("%s, %d MB", path, size>>20)
	for b.Loop() {
		if _, err := Open(path); err != nil {
			b.Fatal(err)
		}
	}
}
