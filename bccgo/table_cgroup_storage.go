package bccgo

import "github.com/cilium/ebpf"

// CgroupStorageKey is the key of a BPF_CGROUP_STORAGE (Map) and of a
// BPF_PERCPU_CGROUP_STORAGE (PerCPU). There is an entry for each control group and
// kind of hook that a function which uses the table is attached to; in C,
// table.get_local_storage(0) is that of the group it runs for. User space can
// change entries, and neither make nor remove them. It needs Linux 4.19, and 4.20
// per CPU.
type CgroupStorageKey struct {
	// Cgroup is the number of the group's directory (its inode), which
	// bpf_get_current_cgroup_id returns, too.
	Cgroup uint64 `bcc:"cgroup_inode_id"`
	// AttachType is the kind of hook (enum bpf_attach_type).
	AttachType ebpf.AttachType
	_          uint32
}
