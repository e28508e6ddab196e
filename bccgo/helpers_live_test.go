package bccgo

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
)

// helpers is a loaded text of testdata/helpers, each function of which calls one
// helper. The kernel runs them by request (BPF_PROG_TEST_RUN), so that nothing
// else does.
type helpers struct {
	m    *Module
	typ  ProgType
	prog *ebpf.Program
	// packet is what went in, and after a run what came out.
	packet []byte
	// out are the answers of the last run, text the text, ret the result.
	out  [24]uint64
	text string
	ret  uint32
	// group is the folder of the control group that the test is in, if it has one.
	group string
}

// loadHelpers compiles a text. Functions are loaded when they are run: a kernel
// may lack some.
func loadHelpers(t *testing.T, name string, typ ProgType) *helpers {
	t.Helper()
	m, err := LoadFile("testdata/helpers/"+name, &Options{NoAutoAttach: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return &helpers{m: m, typ: typ}
}

// functionOf is the name of the function that calls a helper.
func functionOf(item string) string { return "do_" + strings.TrimPrefix(item, "bpf_") }

// need loads the function of a helper. On the machine itself a kernel without
// the helper skips the test.
func (h *helpers) need(t *testing.T, item string) {
	t.Helper()
	p, err := h.m.program(functionOf(item), h.typ)
	if err != nil {
		t.Fatal(err)
	}
	h.prog = p
}

// run runs the function that need loaded.
func (h *helpers) run(t *testing.T, args ...uint64) {
	t.Helper()
	if err := h.m.Table("out").Clear(); err != nil {
		t.Fatal(err)
	}
	o := &ebpf.RunOptions{}
	if h.typ == RawTracepoint {
		o.Context = append(args, make([]uint64, 3-len(args))...)
	} else {
		o.Data, o.DataOut, o.Repeat = h.packet, make([]byte, len(h.packet)+256), 1
	}
	var err error
	if h.ret, err = h.prog.Run(o); err != nil {
		t.Fatal(err)
	}
	h.packet = o.DataOut
	h.read(t)
}

// read takes the answers out of their tables.
func (h *helpers) read(t *testing.T) {
	t.Helper()
	out, err := Map[int32, uint64](h.m, "out")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range out.All() {
		h.out[i] = v
	}
	said, err := Map[int32, [128]byte](h.m, "said")
	if err != nil {
		t.Fatal(err)
	}
	text, err := said.Lookup(0)
	if err != nil {
		t.Fatal(err)
	}
	h.text = CString(text[:])
}

// is compares the first answers.
func (h *helpers) is(t *testing.T, want ...int64) {
	t.Helper()
	for i, w := range want {
		if int64(h.out[i]) != w {
			t.Errorf("answer %d is %d, want %d (all: %d)", i, int64(h.out[i]), w, h.out)
		}
	}
}

// word is the text of the last run as a number: the first of its bytes.
func (h *helpers) word(t *testing.T, at int) uint64 {
	t.Helper()
	said, err := Map[int32, [128]byte](h.m, "said")
	if err != nil {
		t.Fatal(err)
	}
	text, err := said.Lookup(0)
	if err != nil {
		t.Fatal(err)
	}
	return binary.NativeEndian.Uint64(text[at:])
}
