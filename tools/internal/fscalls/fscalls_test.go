package fscalls

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

var mount = Call{Name: "mount", Args: []string{"dev_name", "dir_name", "type", "flags", "data"}, Texts: []int{0, 1, 2, 4}}

func TestFunctions(t *testing.T) {
	want := `
static inline int report_umount(void *ctx, s64 ret)
{
	struct record *r = leave(3, ret);

	if (!r)
		return 0;
	send_text(ctx, r, 0, 1);
	return 0;
}

#ifdef TRACE_UMOUNT
TRACEPOINT_PROBE(syscalls, sys_enter_umount)
{
	struct given given = {{(u64)args->name, (u64)args->flags}};

	return enter(&given);
}

TRACEPOINT_PROBE(syscalls, sys_exit_umount)
{
	return report_umount(args, args->ret);
}
#endif

#ifdef PROBE_UMOUNT
int syscall__umount(struct pt_regs *ctx, u64 name, u64 flags)
{
	struct given given = {{(u64)name, (u64)flags}};

	return enter(&given);
}

int return_umount(struct pt_regs *ctx)
{
	return report_umount(ctx, PT_REGS_RC(ctx));
}
#endif
`
	c := Call{Name: "umount", Args: []string{"name", "flags"}, Texts: []int{0}}
	if got := c.functions(3, false); got != want {
		t.Errorf("got %s", got)
	}
	fsync := Call{Name: "fsync", Args: []string{"fd"}}
	got := fsync.functions(1, true)
	for _, part := range []string{
		"report_fsync(void *ctx, struct given *given)", "r = describe(1, given, 0);", "\tsend_call(ctx, r);\n", "return report_fsync(args, &given);",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in %s", part, got)
		}
	}
	if strings.Contains(got, "exit") || strings.Contains(got, "return_") {
		t.Errorf("a return is traced: %s", got)
	}
}

func TestQuoted(t *testing.T) {
	for _, test := range []struct {
		text           Text
		quoted, column string
	}{
		{Text{Value: "/a b"}, `"/a b"`, "/a b"},
		{Text{Value: ""}, `""`, ""},
		{Text{Value: "\a\b\t\n\v\f\r\"\\"}, `"\a\b\t\n\v\f\r\"\\"`, `\x07\x08\t\n\x0b\x0c\x0d"\`},
		{Text{Value: "\x01é\x7f"}, `"\x01\xc3\xa9\x7f"`, `\x01é\x7f`},
		{Text{Null: true}, "NULL", "<null>"},
		{Text{Unreadable: true}, "<unreadable>", "<unreadable>"},
		{Text{Lost: true}, "<lost>", "<lost>"},
	} {
		if got := test.text.Quoted(); got != test.quoted {
			t.Errorf("%+v: quoted %s, want %s", test.text, got, test.quoted)
		}
		if got := test.text.String(); got != test.column {
			t.Errorf("%+v: %s, want %s", test.text, got, test.column)
		}
	}
}

// records are what the program sends for a mount with texts, from the second call in
// a list on.
func records(time uint64, ret int64, texts ...string) (events []event, rest [][]byte) {
	ev := event{Time: time, Call: 1, TID: 7, Ret: ret, Args: [maxArgs]uint64{1, 2, 3, 4, 5}}
	for i, text := range texts {
		ev.Text, ev.Size = uint32(mount.Texts[i]), int32(len(text)+1)
		ev.Last = 0
		if i+1 == len(mount.Texts) {
			ev.Last = 1
		}
		events = append(events, ev)
		rest = append(rest, append([]byte(text), 0, 0xff, 0xff))
	}
	return events, rest
}

// Records become calls, whole or with what was lost marked, also when two calls'
// records come in turns.
func TestCollect(t *testing.T) {
	var got []string
	c := &collector{calls: []Call{{}, mount}, print: func(m *Made) error {
		ret, err := m.Ret()
		line := []string{m.Call.Name, m.Comm}
		for _, i := range m.Call.Texts {
			line = append(line, m.Texts[i].Quoted())
		}
		got = append(got, strings.Join(append(line, string('0'+rune(ret+1)), string('0'+rune(err))), " "))
		return nil
	}}
	whole, wholeTexts := records(10, 0, "a", "b", "", "d")
	whole[2].Size = -14
	cut, cutTexts := records(11, -2, "e", "f")
	cut[1].Args[1] = 0
	for i := range 2 {
		whole[i].Comm, cut[i].Comm = comm("one"), comm("two")
	}
	for i := range whole {
		feed(t, c, &whole[i], wholeTexts[i])
		if i < len(cut) {
			feed(t, c, &cut[i], cutTexts[i])
		}
	}
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	want := []string{`mount one "a" "b" <unreadable> "d" 1 0`, `mount two "e" NULL <lost> <lost> 0 2`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func feed(t *testing.T, c *collector, ev *event, rest []byte) {
	t.Helper()
	if err := c.record(ev, rest); err != nil {
		t.Fatal(err)
	}
}

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

// A record that was cut is no more than its bytes.
func TestShortRecord(t *testing.T) {
	ev := event{Args: [maxArgs]uint64{1}, Size: 9}
	if got := textOf(&ev, []byte("abc")); got.Value != "abc" {
		t.Errorf("got %+v", got)
	}
}

// What the program could not find comes from /proc, while the process is there.
func TestCompleted(t *testing.T) {
	tracer := Tracer{Mounts: true, Parents: true, late: true}
	var got Made
	complete := tracer.completed(func(m *Made) error {
		got = *m
		return nil
	})
	pid := uint32(os.Getpid())
	if err := complete(&Made{PID: pid, TID: pid}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	ns := info.Sys().(*syscall.Stat_t).Ino
	if uint64(got.MountNS) != ns || got.PPID != uint32(os.Getppid()) || got.ParentComm == "" {
		t.Errorf("got %+v, want namespace %d", got, ns)
	}
	const nobody = 4194305
	if err := complete(&Made{PID: nobody, TID: nobody}); err != nil || got.MountNS != 0 || got.PPID != 0 || got.ParentComm != "" {
		t.Errorf("of no process: %+v, %v", got, err)
	}
}
