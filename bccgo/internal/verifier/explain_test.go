package verifier

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixtures are logs of real refusals, by the kernel and the text's fault, and
// what each is.
var fixtures = map[string]Kind{
	"6.18/null_check": MissingNullCheck, "6.18/ring_null": MissingNullCheck, "6.18/deref_scalar": NotRewritten,
	"6.18/neg_size": UnboundedSize, "6.18/unbounded_size": UnboundedSize, "6.18/index_value": UnboundedIndex,
	"6.18/index_value_max": BeyondValue, "6.18/beyond_value": BeyondValue, "6.18/stack_index": UnboundedIndex,
	"6.18/endless": Loop, "6.18/complex": TooComplex, "6.18/infinite": TooComplex, "6.18/not_allowed": HelperForOthers,
	"6.18/gpl": GPLOnly, "6.18/leak": Leak, "6.18/key_type": WrongArgument, "6.18/ptr_arith": PointerArithmetic,
	"6.18/ptr_bits": PointerArithmetic, "6.18/ctx_modified": ContextModified, "6.18/write_ctx": ContextAccess,
	"6.18/no_return": NoValue, "6.18/packet": BeyondPacket, "6.18/sleep": Sleeping, "6.18/spin": SpinLock, "6.18/xadd_ctx": Atomic,
	"6.1/null_check":      MissingNullCheck,
	"6.1/ring_null":       MissingNullCheck,
	"6.1/deref_scalar":    NotRewritten,
	"6.1/neg_size":        UnboundedSize,
	"6.1/unbounded_size":  UnboundedSize,
	"6.1/index_value":     UnboundedIndex,
	"6.1/index_value_max": BeyondValue,
	"6.1/beyond_value":    BeyondValue,
	"6.1/stack_index":     UnboundedIndex,
	"6.1/endless":         Loop,
	"6.1/complex":         TooComplex,
	"6.1/infinite":        TooComplex,
	"6.1/not_allowed":     HelperUnknown,
	"6.1/gpl":             GPLOnly,
	"6.1/leak":            Leak,
	"6.1/key_type":        WrongArgument,
	"6.1/ptr_arith":       PointerArithmetic,
	"6.1/ptr_bits":        PointerArithmetic,
	"6.1/ctx_modified":    ContextModified,
	"6.1/write_ctx":       ContextAccess,
	"6.1/no_return":       NoValue,
	"6.1/packet":          BeyondPacket,
	"6.1/sleep":           Sleeping,
	"6.1/spin":            SpinLock,
	"6.1/xadd_ctx":        Atomic,
}

func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.log")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(fixtures) {
		t.Errorf("%d logs, %d are known", len(files), len(fixtures))
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".log")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := Explain(strings.Split(string(data), "\n"))
		if got.Kind != fixtures[name] {
			t.Errorf("%s: %q (%s), want %q", name, got.Kind, got.Reason, fixtures[name])
		}
		if got.Plain == "" || got.Cure == "" || strings.Contains(got.Plain+got.Cure, "$") {
			t.Errorf("%s: %q, %q", name, got.Plain, got.Cure)
		}
	}
}

// TestMessages has the words of other kernels.
func TestMessages(t *testing.T) {
	for message, want := range map[string]Kind{
		"R1 invalid mem access 'inv'":                                           NotRewritten,
		"R6 invalid mem access 'mem_or_null'":                                   MissingNullCheck,
		"R1 type=sock_or_null expected=sock":                                    MissingNullCheck,
		"R2 unbounded memory access, use 'var &= const' or 'if (var < const)'":  UnboundedSize,
		"R0 unbounded memory access, make sure to bounds check any such access": UnboundedIndex,
		"invalid indirect read from stack R2 off -16+4 size 8":                  Uninitialised,
		"invalid indirect read from stack off -16+4 size 8":                     Uninitialised,
		"invalid read from stack off -24+0 size 8":                              Uninitialised,
		"invalid read from stack R10 off=-8 size=8":                             Uninitialised,
		"invalid write to stack R10 off=-520 size=8":                            StackTooLarge,
		"invalid stack off=-520 size=8":                                         StackTooLarge,
		"combined stack size of 2 calls is 544. Too large":                      StackTooLarge,
		"back-edge from insn 10 to 5":                                           Loop,
		"The sequence of 8193 jumps is too complex.":                            TooComplex,
		"unknown func bpf_ktime_get_tai_ns#208":                                 HelperUnknown,
		"cannot call GPL only function from proprietary program":                GPLOnly,
		"dereference of modified ctx ptr R1 off=8 disallowed":                   ContextModified,
		"cannot pass map_type 4 into func bpf_map_lookup_elem#1":                WrongTable,
		"R2 !read_ok": NoValue,
		"R1 type=inv expected=fp, pkt, pkt_meta, map_value":                                   WrongArgument,
		"At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)": ReturnValue,
		"At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]":        ReturnValue,
		"misaligned stack access off (0x0; 0x0)+0+-7 size 8":                                  Misaligned,
		"R0 leaks addr as return value":                                                       AddressLeak,
		"write into map forbidden, value_size=8 off=0 size=8":                                 ReadOnly,
		"reference has not been acquired before":                                              NotAcquired,
		"unreachable insn 5":                                                                  Unreachable,
		"access beyond struct task_struct at off 9999 size 4":                                 TypeAccess,
		"BPF_XADD stores into R2 ctx is not allowed":                                          Atomic,
	} {
		got := Explain([]string{"0: (b7) r0 = 0", message, "processed 3 insns (limit 1000000) max_states_per_insn 0"})
		if got.Kind != want || got.Reason != message {
			t.Errorf("%s: %q", message, got.Kind)
		}
	}
}

func TestUnknownMessage(t *testing.T) {
	got := Explain([]string{"0: (b7) r0 = 0", "something that nobody has seen yet", "processed 3 insns (limit 4096)", "", "verification time 20 usec", "stack depth 8"})
	if got.Kind != "" || got.Reason != "something that nobody has seen yet" || got.Plain != "" {
		t.Errorf("got %+v", got)
	}
	if got := Explain(nil); got != (Explanation{}) {
		t.Errorf("no log: %+v", got)
	}
}

// TestKindsAreMany wants at least as many kinds as are promised.
func TestKindsAreMany(t *testing.T) {
	var kinds []Kind
	for _, r := range rules {
		if !slices.Contains(kinds, r.kind) {
			kinds = append(kinds, r.kind)
		}
	}
	if len(kinds) < 20 {
		t.Errorf("%d kinds", len(kinds))
	}
}

func FuzzExplain(f *testing.F) {
	f.Add("0: (b7) r0 = 0\nR0 invalid mem access 'scalar'\n")
	f.Fuzz(func(t *testing.T, log string) {
		if got := Explain(strings.Split(log, "\n")); (got.Kind == "") != (got.Plain == "") {
			t.Errorf("got %+v", got)
		}
	})
}
