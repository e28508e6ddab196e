package lint

import (
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

func TestUnusedTables(t *testing.T) {
	tests := map[string]struct {
		text  string
		table bundle.Map
		want  []string
	}{
		"unused":     {"BPF_HASH(seen, u32);\nint f(void *ctx) { return 0; }", bundle.Map{Name: "seen", ID: 3}, []string{"1:10 table seen is never used"}},
		"used":       {"BPF_HASH(seen, u32);\nint f(void *ctx) { seen.increment(1); }", bundle.Map{Name: "seen"}, nil},
		"in a macro": {"BPF_HASH(seen, u32);\n#define ADD(x) seen.increment(x)\nint f(void *ctx) { return 0; }", bundle.Map{Name: "seen"}, nil},
		"pasted":     {"BPF_HASH(seen, u32);\n#define T(x) s##x\nint f(void *ctx) { return 0; }", bundle.Map{Name: "seen"}, nil},
		"pinned":     {"BPF_HASH(seen, u32);\nint f(void *ctx) { return 0; }", bundle.Map{Name: "seen", PinPath: "/sys/fs/bpf/x"}, nil},
		"public":     {"BPF_TABLE_PUBLIC(\"hash\", u32, u32, seen, 8);\nint f(void *ctx) { return 0; }", bundle.Map{Name: "seen", Macro: "BPF_TABLE_PUBLIC"}, nil},
		"template":   {"BPF_HASH(seen, u32);\nBPF_ARRAY_OF_MAPS(all, \"seen\", 3);\nint f(void *ctx) { all.lookup(0); }", bundle.Map{Name: "seen"}, nil},
		"left out":   {"#ifdef X\nBPF_HASH(seen, u32);\n#endif\nint f(void *ctx) { return 0; }", bundle.Map{Name: "other"}, nil},
		"included":   {"#include \"more.h\"\nBPF_HASH(seen, u32);\nint f(void *ctx) { return 0; }", bundle.Map{Name: "seen"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := input(tt.text, "x86_64", 6<<16)
			in.Bundle.Maps = []bundle.Map{tt.table}
			wantFindings(t, in, tt.want...)
		})
	}
}
