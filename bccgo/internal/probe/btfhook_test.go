package probe

import (
	"errors"
	"slices"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

// hookTree is a kernel with a hook of each kind, and types that only have such
// names.
func hookTree(t *testing.T) *Kernel {
	t.Helper()
	number := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	proto := &btf.FuncProto{Return: number}
	return New(roottest.Tree(t, map[string]string{kernelBTF: marshal(t, []btf.Type{
		&btf.Func{Name: "bpf_lsm_file_open", Type: proto, Linkage: btf.GlobalFunc},
		&btf.Struct{Name: "bpf_lsm_blob_sizes", Size: 4},
		&btf.Struct{Name: "bpf_iter__task", Size: 4},
		&btf.Func{Name: "bpf_iter__run", Type: proto, Linkage: btf.GlobalFunc},
		&btf.Typedef{Name: "btf_trace_sched_switch", Type: &btf.Pointer{Target: proto}},
	})}))
}

func TestBTFHook(t *testing.T) {
	for _, tt := range []struct {
		kind    BTFHookKind
		name    string
		nearest []string // nil: the kernel has it
	}{
		{SecurityHook, "file_open", nil},
		{SecurityHook, "file_opem", []string{"file_open"}},
		{SecurityHook, "blob_sizes", []string{}},
		{Iterator, "task", nil},
		{Iterator, "tasks", []string{"task"}},
		{Iterator, "run", []string{}},
		{BTFTracepoint, "sched_switch", nil},
		{BTFTracepoint, "sched_swich", []string{"sched_switch"}},
		{BTFTracepoint, "file_open", []string{}},
	} {
		err := hookTree(t).BTFHook(tt.kind, tt.name)
		if tt.nearest == nil {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		var unknown *UnknownError
		if !errors.As(err, &unknown) || unknown.Name != tt.name || unknown.Kind != tt.kind.what ||
			!slices.Equal(unknown.Nearest, tt.nearest) {
			t.Errorf("%s: %v, nearest %q", tt.name, err, unknown.Nearest)
		}
	}
}
