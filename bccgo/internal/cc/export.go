package cc

import (
	"fmt"
	"slices"
	"strings"
)

// Export describes a table of another program that the text declares extern.
//
// libbcc takes an extern table from a text that it compiled before, in the same
// process. All it takes is what stands here, so that in place of the other text
// a few lines do that declare such a table.
type Export struct {
	// Name, Type and the sizes are as in bundle.Map.
	Name       string `json:"name"`
	Type       uint32 `json:"type"`
	KeySize    uint32 `json:"key_size"`
	ValueSize  uint32 `json:"value_size"`
	MaxEntries uint32 `json:"max_entries"`
	Flags      uint32 `json:"flags,omitempty"`
	// KeyDesc and ValueDesc are libbcc's descriptions of the C types there.
	KeyDesc   string `json:"key_desc,omitempty"`
	ValueDesc string `json:"value_desc,omitempty"`
}

// exportTypes has the names that libbcc's table macros take for map types, by
// the kernel's number (enum bpf_map_type in linux/bpf.h). Tables of tables name
// the one that their inner tables are like.
var exportTypes = map[uint32]string{
	1: "hash", 2: "array", 3: "prog", 4: "perf_array", 5: "percpu_hash", 6: "percpu_array", 7: "stacktrace",
	8: "cgroup_array", 9: "lru_hash", 10: "lru_percpu_hash", 11: "lpm_trie",
	12: "array_of_maps$" + exportInner, 13: "hash_of_maps$" + exportInner,
	14: "devmap", 15: "sockmap", 16: "cpumap", 17: "xskmap", 18: "sockhash", 19: "cgroup_storage",
	21: "percpu_cgroup_storage", 22: "queue", 23: "stack", 24: "sk_storage", 27: "ringbuf",
	28: "inode_storage", 29: "task_storage",
}

// exportInner is the name of the table that inner tables are like.
const exportInner = "bccgo_export_inner"

// The types that have no keys.
const (
	mapTypeQueue = 22
	mapTypeStack = 23
)

// exportsText declares the tables and exports them, as programs would that have
// them.
func exportsText(exports []Export) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "BPF_ARRAY(%s, int, 1);\n", exportInner)
	for i := range exports {
		if err := exports[i].declare(&b); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func (e *Export) declare(b *strings.Builder) error {
	kind, ok := exportTypes[e.Type]
	if !ok {
		return fmt.Errorf("table %s is of type number %d, which libbcc cannot share between programs", e.Name, e.Type)
	}
	// Ring buffers have neither keys nor values, and libbcc wants types for both.
	fmt.Fprintf(b, "struct %s_key { char bytes[%d]; };\n", e.Name, max(e.KeySize, 1))
	fmt.Fprintf(b, "struct %s_value { char bytes[%d]; };\n", e.Name, max(e.ValueSize, 1))
	if e.Type == mapTypeQueue || e.Type == mapTypeStack {
		fmt.Fprintf(b, "BPF_QUEUESTACK(\"%s\", %s, struct %s_value, %d, %d);\n", kind, e.Name, e.Name, e.MaxEntries, e.Flags)
	} else {
		fmt.Fprintf(b, "BPF_F_TABLE(\"%s\", struct %s_key, struct %s_value, %s, %d, %d);\n",
			kind, e.Name, e.Name, e.Name, e.MaxEntries, e.Flags)
	}
	fmt.Fprintf(b, "__attribute__((section(\"maps/export\"))) struct %s_table_t __%s;\n", e.Name, e.Name)
	return nil
}

// export returns what is known of a table that the text declares extern, nil for
// the text's own.
func (r *Request) export(name string) *Export {
	i := slices.IndexFunc(r.Exports, func(e Export) bool { return e.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Exports[i]
}
