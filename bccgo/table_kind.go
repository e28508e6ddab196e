package bccgo

import "github.com/cilium/ebpf"

// IsBuffer reports whether the table is a perf buffer or a ring buffer, which
// Stream and Module.RawStream read.
func (t *Table) IsBuffer() bool { return isBuffer(t.Kind()) }

// IsArray reports whether the table is an array: it has an entry for every
// index from the start, zero until something is stored there.
func (t *Table) IsArray() bool {
	return t.Kind() == ebpf.Array || t.Kind() == ebpf.PerCPUArray
}

// HasEntries reports whether Entries can list the table: it is a hash, an
// array, a longest-prefix tree or a table of stacks. Queues, tables of programs
// or sockets, and storage that belongs to a task or socket are none of these.
func (t *Table) HasEntries() bool {
	switch t.Kind() {
	case ebpf.Hash, ebpf.LRUHash, ebpf.PerCPUHash, ebpf.LRUCPUHash,
		ebpf.Array, ebpf.PerCPUArray, ebpf.LPMTrie, ebpf.StackTrace, ebpf.CGroupStorage, ebpf.PerCPUCGroupStorage:
		return t.usable() == nil && t.key != nil && t.value != nil
	}
	return false
}

// isQueue reports whether the table is a queue or a stack of values, which has
// no keys.
func (t *Table) isQueue() bool { return t.Kind() == ebpf.Queue || t.Kind() == ebpf.Stack }

func (t *Table) isStackTrace() bool { return t.Kind() == ebpf.StackTrace }
