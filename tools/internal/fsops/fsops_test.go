package fsops

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// events are a read, a write that failed and an fsync.
func events() []event {
	read := event{Time: 5000123456, Took: 12345678, Ret: 8192, Offset: 1 << 20, PID: 12, TID: 13, Op: uint32(Read)}
	copy(read.Comm[:], "a\tname of 15..")
	copy(read.Name[:], "plain")
	write := event{Time: 5e9, Took: 999, Ret: -28, Offset: 5, PID: 1234567, TID: 1234567, Op: uint32(Write)}
	copy(write.Comm[:], "b")
	copy(write.Name[:], "with, comma and \"quotes\"\n")
	fsync := event{Time: 6e9, Took: 1234567890, PID: 1, TID: 1, Op: uint32(Fsync)}
	copy(fsync.Comm[:], "c")
	copy(fsync.Name[:], strings.Repeat("n", 255))
	return []event{read, write, fsync}
}

func printed(t *testing.T, o *slower, common toolkit.Common) string {
	t.Helper()
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		return tooltest.Feed(events(), func() error { return o.heading(s) },
			func(ev *event) error { return o.print(s, ev) }, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	at := func(ns uint64) string { return bccgo.KtimeToTime(ns).Format(time.TimeOnly) }
	want := "TIME     COMM           PID    T BYTES   OFF_KB   LAT(ms) FILENAME\n" +
		at(5000123456) + ` a\tname of 15. 12     R 8192    1024       12.35 plain` + "\n" +
		at(5e9) + " b              1234567 W -28     0           0.00 with, comma and \"quotes\"\\n\n" +
		at(6e9) + " c              1      S 0       0        1234.57 " + strings.Repeat("n", 255) + "\n"
	if got := printed(t, &slower{fs: Ext4}, toolkit.Common{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = "ENDTIME_us,TASK,PID,TYPE,BYTES,OFFSET_b,LATENCY_us,FILE\n" +
		"5000123,a\tname of 15..,12,R,8192,1048576,12345,plain\n" +
		"5000000,b,1234567,W,-28,5,0,\"with, comma and \"\"quotes\"\"\n\"\n" +
		"6000000,c,1,S,0,0,1234567," + strings.Repeat("n", 255) + "\n"
	if got := printed(t, &slower{fs: Ext4, csv: true}, toolkit.Common{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	out := printed(t, &slower{fs: Ext4}, toolkit.Common{JSON: true})
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var write map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &write); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339Nano, write["time"].(string)); err != nil {
		t.Error(err)
	}
	delete(write, "time")
	text, err := json.Marshal(write)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"bytes":0,"comm":"b","err":28,"file":"with, comma and \"quotes\"\n","latency_ns":999,"offset":5,"operation":"write","pid":1234567,"tid":1234567}`
	if len(lines) != 3 || string(text) != want {
		t.Errorf("got %d lines, the second is\n%s\nwant\n%s", len(lines), text, want)
	}
}

func TestRefused(t *testing.T) {
	for args, want := range map[string]string{
		"ten":         `min_ms "ten": want a number of milliseconds that is not below 0`,
		"-- -1":       `min_ms "-1": `,
		"NaN":         `min_ms "NaN": `,
		"1e300":       `min_ms "1e300": `,
		"1 2":         `unexpected argument "2"`,
		"-p x":        `invalid value "x" for flag -p`,
		"-p 4194305":  "--pid 4194305: there is no such process",
		"-j --json":   "--csv and --json: give one of them",
		"--no":        "flag provided but not defined: -no",
		"-d -1 -p 1":  "--duration -1: cannot be less than 0",
		"-j --json 5": "--csv and --json: give one of them",
	} {
		tooltest.Refused(t, Slower(Ext4), want, strings.Fields(args)...)
	}
	for args, want := range map[string]string{
		"0":                       `interval "0": want a number of seconds above 0`,
		"1 0":                     `count "0": want a whole number above 0`,
		"1 2 3":                   `unexpected argument "3"`,
		"-p 4194305":              "--pid 4194305: there is no such process",
		"--svg /no/such/folder/f": "--svg /no/such/folder/f: ",
	} {
		tooltest.Refused(t, Dist(Ext4), want, strings.Fields(args)...)
	}
}

// Which file system is missing is said, and what to do.
func TestMissing(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "proc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "proc/filesystems"), []byte("nodev\tsysfs\n\text3\n\text4\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if !Ext4.registered(root) || XFS.registered(root) || !XFS.registered(root+"/none") {
		t.Error("which file systems there are is not known")
	}
	cause := errors.New("no such function")
	if err := XFS.missing(root, Fsync, cause); !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "fsyncs of XFS: ") {
		t.Error(err)
	}
}

func TestSections(t *testing.T) {
	got := sections(map[uint64][]uint64{3: {1}, 0: {2}})
	if len(got) != 2 || got[0].Key != "read" || got[1].Key != "fsync" || got[0].Counts[0] != 2 {
		t.Errorf("got %v", got)
	}
}

func TestMountDevice(t *testing.T) {
	const mounts = "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n1022 22 0:45 /sub /mnt rw - btrfs /dev/vdb rw\n"
	for info, want := range map[string]uint32{"pos:\t0\nflags:\t02\nmnt_id:\t1022\nino:\t2\n": 45, "mnt_id:\t22\n": 254<<20 | 1} {
		if got, err := mountDevice(info, mounts); got != want || err != nil {
			t.Errorf("%q: got %d, %v", info, got, err)
		}
	}
	for _, info := range []string{"", "mnt_id:\t2\n"} {
		if got, err := mountDevice(info, mounts); err == nil {
			t.Errorf("%q: got %d", info, got)
		}
	}
	if _, _, err := DirectoryID(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
