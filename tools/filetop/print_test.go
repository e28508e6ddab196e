package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// counts are three uses, each of which is the most in some order.
func counts() map[use]amounts {
	all := make(map[use]amounts)
	add := func(tid uint32, name string, a amounts) {
		u := use{Inode: 7, Device: 254<<20 | 1, TID: tid}
		copy(u.Comm[:], "a name of 15...")
		copy(a.Name[:], name)
		all[u] = a
	}
	add(11, "often read", amounts{PID: 10, Reads: 30, ReadBytes: 30, Mode: unix.S_IFREG | 0o600})
	add(12, "much read\n", amounts{PID: 10, Reads: 1, ReadBytes: 1 << 30, Mode: unix.S_IFIFO})
	add(1234567, "often written", amounts{PID: 1234567, Writes: 40, WrittenBytes: 40, Reads: 1, ReadBytes: 2, Mode: unix.S_IFSOCK})
	add(13, "much written", amounts{PID: 10, Writes: 2, WrittenBytes: 2047, Mode: unix.S_IFCHR})
	return all
}

func TestRows(t *testing.T) {
	rows := map[string]string{
		"often read":    "11      a name of 15...  30     0      0       0       R often read",
		"much read":     `12      a name of 15...  1      0      1048576 0       O much read\n`,
		"often written": "1234567 a name of 15...  1      40     0       0       S often written",
		"much written":  "13      a name of 15...  0      2      0       1       O much written",
	}
	for order, want := range map[string][]string{
		"all":    {"much read", "much written", "often written", "often read"},
		"reads":  {"often read", "much read", "often written", "much written"},
		"writes": {"often written", "much written", "often read", "much read"},
		"rbytes": {"much read", "often read", "often written", "much written"},
		"wbytes": {"much written", "often written", "often read", "much read"},
	} {
		got := table(time.Now(), counts(), order)
		if got.Heading != "TID     COMM             READS  WRITES R_Kb    W_Kb    T FILE" || len(got.Rows) != len(want) {
			t.Fatalf("%s: got %+v", order, got)
		}
		for i, name := range want {
			if got.Rows[i].Text != rows[name] {
				t.Errorf("%s: row %d is %q, want %q", order, i, got.Rows[i].Text, rows[name])
			}
		}
	}
}

func TestJSON(t *testing.T) {
	got, err := json.Marshal(table(time.Unix(5, 6).UTC(), counts(), "reads").Rows[0].JSON)
	want := `{"time":"1970-01-01T00:00:05.000000006Z","pid":10,"tid":11,"comm":"a name of 15...","reads":30,"writes":0,"read_bytes":30,` +
		`"written_bytes":0,"type":"R","inode":7,"device":"254:1","file":"often read"}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestRefused(t *testing.T) {
	for args, want := range map[string]string{
		"0":                        `interval "0": `,
		"1 0":                      `count "0": `,
		"1 2 3":                    `unexpected argument "3"`,
		"-r 0":                     "--maxrows 0: want a number above 0",
		"-s size":                  `--sort "size": want all, reads, writes, rbytes or wbytes`,
		"-p 4194305":               "--pid 4194305: there is no such process",
		"--read-only --write-only": "--read-only and --write-only: give one of them",
		"-d /no/such/folder":       "--directory /no/such/folder: no such file or directory",
		"-d /dev/null":             "--directory /dev/null: not a directory",
		"--probes some":            `--probes "some": want tracepoint, kprobe or auto`,
		"--duration -1":            "--duration -1: cannot be less than 0",
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
