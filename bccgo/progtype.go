package bccgo

import (
	"bytes"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// contextTypes are the program types by the struct that a function's argument
// points to. Where several types take the same struct, it is the one that
// allows most. Types that cannot be loaded without knowing what they will be
// attached to are left out.
var contextTypes = map[string]ProgType{
	"pt_regs":                 ebpf.Kprobe,
	"bpf_perf_event_data":     ebpf.PerfEvent,
	"bpf_raw_tracepoint_args": ebpf.RawTracepoint,
	"__sk_buff":               ebpf.SchedCLS,
	"xdp_md":                  ebpf.XDP,
	"bpf_sock_ops":            ebpf.SockOps,
	"sk_msg_md":               ebpf.SkMsg,
	"sk_reuseport_md":         ebpf.SkReuseport,
	"bpf_cgroup_dev_ctx":      ebpf.CGroupDevice,
	"bpf_sysctl":              ebpf.CGroupSysctl,
}

// typeOf is the type a function stands for: by its name, else by its argument,
// else Kprobe, the type of uprobes and of most functions attached by call.
func (m *Module) typeOf(f *bundle.Function) ProgType {
	for _, p := range prefixes {
		if strings.HasPrefix(f.Name, p.prefix) {
			return p.typ
		}
	}
	if t, ok := contextTypes[m.contextStruct(f)]; ok {
		return t
	}
	return ebpf.Kprobe
}

// contextStruct is the name of the struct that a function's argument points to,
// "" where that is not known.
func (m *Module) contextStruct(f *bundle.Function) string {
	if m.types.Spec() == nil || len(f.FuncInfo) == 0 || f.FuncInfoSize != btf.FuncInfoSize {
		return ""
	}
	infos, err := btf.LoadFuncInfos(bytes.NewReader(f.FuncInfo), byteOrder,
		uint32(len(f.FuncInfo))/f.FuncInfoSize, m.types.Spec())
	if err != nil || len(infos) == 0 {
		return "" // loading the function reports it
	}
	proto, ok := infos[0].Func.Type.(*btf.FuncProto)
	if !ok || len(proto.Params) == 0 {
		return ""
	}
	ptr, ok := btf.UnderlyingType(proto.Params[0].Type).(*btf.Pointer)
	if !ok {
		return ""
	}
	if s, ok := btf.UnderlyingType(ptr.Target).(*btf.Struct); ok {
		return s.Name
	}
	return ""
}
