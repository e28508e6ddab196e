package bccgo

import (
	"fmt"

	"github.com/cilium/ebpf"
)

// tableTypeNames are the kernel's (enum bpf_map_type), as BPF_TABLE spells them.
var tableTypeNames = map[ebpf.MapType]string{
	ebpf.Hash: "hash", ebpf.Array: "array", ebpf.ProgramArray: "prog_array", ebpf.PerfEventArray: "perf_event_array",
	ebpf.PerCPUHash: "percpu_hash", ebpf.PerCPUArray: "percpu_array", ebpf.StackTrace: "stack_trace",
	ebpf.CGroupArray: "cgroup_array", ebpf.LRUHash: "lru_hash", ebpf.LRUCPUHash: "lru_percpu_hash",
	ebpf.LPMTrie: "lpm_trie", ebpf.ArrayOfMaps: "array_of_maps", ebpf.HashOfMaps: "hash_of_maps",
	ebpf.DevMap: "devmap", ebpf.SockMap: "sockmap", ebpf.CPUMap: "cpumap", ebpf.XSKMap: "xskmap",
	ebpf.SockHash: "sockhash", ebpf.CGroupStorage: "cgroup_storage", ebpf.ReusePortSockArray: "reuseport_sockarray",
	ebpf.PerCPUCGroupStorage: "percpu_cgroup_storage", ebpf.Queue: "queue", ebpf.Stack: "stack",
	ebpf.SkStorage: "sk_storage", ebpf.DevMapHash: "devmap_hash", ebpf.StructOpsMap: "struct_ops",
	ebpf.RingBuf: "ringbuf", ebpf.InodeStorage: "inode_storage", ebpf.TaskStorage: "task_storage",
	ebpf.BloomFilter: "bloom_filter", ebpf.UserRingbuf: "user_ringbuf", ebpf.CgroupStorage: "cgrp_storage",
	ebpf.Arena: "arena",
}

// TableTypeName is the kernel's name of a type of tables in lower case, as
// BPF_TABLE takes it: "hash", "percpu_array". One that is not known is "type N".
func TableTypeName(kind ebpf.MapType) string {
	if name, ok := tableTypeNames[kind]; ok {
		return name
	}
	return fmt.Sprintf("type %d", uint32(kind))
}

// TypeName is the TableTypeName of the table's type.
func (t *Table) TypeName() string { return TableTypeName(t.Kind()) }
