package bccgo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/internal/testenv"
)

const typesText = `
enum state_t { IDLE = 1, BUSY = 500, GONE = -2 };
struct point_t {
	s16 x;
	u8 rgb[3];
};
struct types_t {
	u8 first;
	struct point_t points[2];
	union {
		u32 v4;
		u8 v6[16];
	} addr;
	union {
		u64 whole;
		struct { u32 low, high; } half;
	};
	enum state_t state, before;
	u32 kind : 3;
	u32 size : 13;
	int shift : 5;
	bool ok : 1;
	u16 after;
	char comm[16];
	char path[20];
	bool yes;
	void *where;
};
BPF_PERF_OUTPUT(events);
BPF_RINGBUF_OUTPUT(ring, 8);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct types_t t = {};

	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	t.first = 200;
	t.points[0].x = -5;
	t.points[1].x = 300;
	t.points[1].rgb[2] = 77;
	t.addr.v4 = 0x0100007f;
	t.half.low = 1;
	t.half.high = 2;
	t.state = BUSY;
	t.before = GONE;
	t.kind = 5;
	t.size = 8000;
	t.shift = -9;
	t.ok = 1;
	t.after = 40000;
	bpf_get_current_comm(&t.comm, sizeof(t.comm));
	__builtin_memcpy(t.path, "/tmp/some file", 15);
	t.yes = true;
	t.where = (void *)0xdeadbeef;
	events.perf_submit(args, &t, sizeof(t));
	ring.ringbuf_output(&t, sizeof(t), 0);
	return 0;
}
`

// state is state_t.
type state int32

const busy state = 500

// text20 is a char array of the test's own, read as text.
type text20 [20]byte

func (s text20) String() string { return CString(s[:]) }

// typesEvent is types_t.
type typesEvent struct {
	First  uint8
	_      byte
	Points [2]struct {
		X   int16
		RGB [3]uint8
		_   byte
	}
	_    [2]byte
	Addr struct {
		V4 uint32
		_  [12]byte
	}
	Half          struct{ Low, High uint32 }
	State, Before state
	Word          uint32 `bcc:"kind:0-2,size:3-15,shift:16-20,ok:21"`
	After         uint16
	Comm          Comm
	Path          text20
	Yes           bool
	_             byte
	Where         uint64
}

// TestLiveEventTypes sends every sort of member through a perf buffer and a ring
// buffer, and reads it typed and untyped.
func TestLiveEventTypes(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, typesText, &Options{Defines: me()})
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"events", "ring"} {
		typed := Stream[typesEvent](m, name, nil)
		if err := typed.Err(); err != nil {
			t.Fatal(err)
		}
		call(1)
		e := collect(t, typed, 1)[0]
		want := typesEvent{First: 200, State: busy, Before: -2, After: 40000, Comm: e.Comm, Yes: true, Where: 0xdeadbeef}
		want.Points[0].X, want.Points[1].X, want.Points[1].RGB[2] = -5, 300, 77
		want.Addr.V4, want.Half.Low, want.Half.High = 0x0100007f, 1, 2
		want.Word = 5 | 8000<<3 | (0x20-9)<<16 | 1<<21
		copy(want.Path[:], "/tmp/some file")
		if e != want {
			t.Errorf("%s:\n%+v\nwant\n%+v", name, e, want)
		}
		if Bits(e.Word, 3, 15) != 8000 || SignedBits(e.Word, 16, 20) != -9 || Bits(e.Word, 21, 21) != 1 {
			t.Errorf("%s: word %#x", name, e.Word)
		}
		if e.Path.String() != "/tmp/some file" || e.Comm.String() == "" || e.Comm.String() != threadName(t, e.Comm, comm) {
			t.Errorf("%s: path %q, comm %q", name, e.Path, e.Comm)
		}
		if err := typed.Close(); err != nil {
			t.Error(err)
		}
		checkUntyped(t, m, name, e.Comm.String())
	}
}

// layoutOfChanged checks typesEvent with one field changed.
func layoutOfChanged(c *layout.Type, field string, typ reflect.Type, tag reflect.StructTag) error {
	var fields []reflect.StructField
	for i := range reflect.TypeFor[typesEvent]().NumField() {
		f := reflect.TypeFor[typesEvent]().Field(i)
		if f.Name == field {
			f.Type, f.Tag = typ, tag
		}
		if f.Name == "_" {
			f.PkgPath = "github.com/bccgo/bcc/bccgo"
		}
		fields = append(fields, reflect.StructField{Name: f.Name, PkgPath: f.PkgPath, Type: f.Type, Tag: f.Tag})
	}
	return layout.Check(c, reflect.StructOf(fields))
}

// threadName is the name a thread of this process can have: that of the process
// or its own.
func threadName(t *testing.T, got Comm, process []byte) string {
	t.Helper()
	names, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range names {
		if own, err := os.ReadFile("/proc/self/task/" + dir.Name() + "/comm"); err == nil && strings.TrimSpace(string(own)) == got.String() {
			return got.String()
		}
	}
	return strings.TrimSpace(string(process))
}

func checkUntyped(t *testing.T, m *Module, name, comm string) {
	t.Helper()
	raw := m.RawStream(name, nil)
	if err := raw.Err(); err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	call(1)
	for rec, err := range raw.All(within(t, 20*time.Second)) {
		v, err := first(raw.Decode(rec)), err
		if err != nil {
			t.Fatal(err)
		}
		const text = "first=200 points=[{x=-5 rgb=[0 0 0]} {x=300 rgb=[0 0 77]}] " +
			"addr={v4=16777343 v6=[127 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0]} whole=8589934593 half={low=1 high=2} " +
			"state=BUSY before=GONE kind=5 size=8000 shift=-9 ok=true after=40000 comm=COMM " +
			"path=\"/tmp/some file\" yes=true where=0xdeadbeef"
		if got := v.String(); got != strings.Replace(text, "COMM", comm, 1) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, text)
		}
		var back struct {
			State string
			Size  int
			Path  string
		}
		if data, err := json.Marshal(v); err != nil || json.Unmarshal(data, &back) != nil || back.State != "BUSY" || back.Size != 8000 || back.Path != "/tmp/some file" {
			t.Errorf("%s: JSON %s, %v", name, data, err)
		}
		return
	}
	t.Errorf("%s: no event", name)
}

// first is the value of a call that cannot fail here.
func first(v Value, err error) Value {
	if err != nil {
		panic(err)
	}
	return v
}

// TestLiveEventTypeMistakes gives bitfields, unions and enumerations Go types
// that do not go with the C ones.
func TestLiveEventTypeMistakes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, typesText, &Options{Defines: me(), NoAutoAttach: true})
	table, err := m.eventLayouts("events")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fitting[typesEvent](table, "events"); err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct {
		field string
		typ   reflect.Type
		tag   reflect.StructTag
		want  string
	}{
		{"Word", reflect.TypeFor[uint32](), `bcc:"kind:0-2,size:3-14"`, "C has size in bits 3-15"},
		{"Addr", reflect.TypeFor[struct{ V5, V6 uint64 }](), "", "is like no member"},
		{"State", reflect.TypeFor[int64](), "", "4 bytes"},
		{"Path", reflect.TypeFor[[19]byte](), "", "20"},
	} {
		err := layoutOfChanged(table[0], change.field, change.typ, change.tag)
		if err == nil || !strings.Contains(err.Error(), change.want) {
			t.Errorf("%s: %v", change.field, err)
		}
	}
}

const packetText = `
struct head_t {
	u32 length;
	u32 nth;
};
BPF_ARRAY(total, u32, 1);
BPF_PERF_OUTPUT(packets);

int filter(struct __sk_buff *skb)
{
	struct head_t h = {};
	int zero = 0;
	u32 *n = total.lookup(&zero);

	if (n)
		h.nth = ++*n;
	h.length = skb->len;
	packets.perf_submit_skb(skb, skb->len, &h, sizeof(h));
	return skb->len;
}
`

// TestLivePacketBytes sends packets along with events: those of a socket of the
// test's own, which has the program as its filter.
func TestLivePacketBytes(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, packetText, nil)
	to, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	link, err := m.AttachSocketFilter(to.(*net.UDPConn), "filter")
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	type head struct{ Length, Nth uint32 }
	s := Stream[head](m, "packets", &StreamOptions{OrderBy: ""})
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	from, err := net.Dial("udp4", to.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	var sent [][]byte
	for n := range 20 {
		data := bytes.Repeat([]byte{byte(n + 1)}, 1+7*n)
		sent = append(sent, data)
		if _, err := from.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	enough := errors.New("enough")
	err = s.Each(within(t, 20*time.Second), func(h *head) error {
		const udpHeader = 8
		data := sent[h.Nth-1]
		rest := s.Rest()
		if int(h.Length) != udpHeader+len(data) || len(rest) < int(h.Length) || len(rest) > int(h.Length)+7 ||
			!bytes.Equal(rest[udpHeader:h.Length], data) {
			t.Errorf("packet %d: %+v with % x", h.Nth, *h, rest)
		}
		if h.Nth == 20 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	checkRawPacket(t, m, s, from)
}

// checkRawPacket reads one more packet as bytes.
func checkRawPacket(t *testing.T, m *Module, s interface{ Close() error }, from net.Conn) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw := m.RawStream("packets", nil)
	if err := raw.Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := from.Write([]byte("the last packet")); err != nil {
		t.Fatal(err)
	}
	for rec, err := range raw.All(within(t, 20*time.Second)) {
		if err != nil {
			t.Fatal(err)
		}
		v, err := raw.Decode(rec)
		if err != nil || v.String() != "length=23 nth=21" || !bytes.Contains(rec.Data, []byte("the last packet")) {
			t.Errorf("%v, %v: % x", v, err, rec.Data)
		}
		return
	}
	t.Error("no packet")
}
