package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo"
)

// Link is what keeps a program attached.
type Link struct {
	ID      uint32 `json:"id"`
	Type    string `json:"type"`
	Program uint32 `json:"program"`
	// Target is what the program is attached to as far as the kernel tells: the
	// functions of perf events only since Linux 6.6; but see Events.
	Target string `json:"target,omitempty"`
}

// Links lists all links by their numbers. It needs Linux 5.8.
func Links() ([]Link, error) {
	if err := bccgo.CheckPrivilege(); err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	var all []Link
	it := new(link.Iterator)
	defer it.Close()
	for it.Next() {
		info, err := it.Link.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return all, fmt.Errorf("ask about link %d: %w", it.ID, err)
		}
		one := Link{ID: uint32(it.ID), Type: linkTypes[info.Type], Program: uint32(info.Program)}
		if one.Type == "" {
			one.Type = fmt.Sprintf("type %d", info.Type)
		}
		one.Target = target(info)
		all = append(all, one)
	}
	if err := it.Err(); err != nil {
		return all, fmt.Errorf("list links: %w", err)
	}
	return all, nil
}

// linkTypes are names of enum bpf_link_type.
var linkTypes = map[link.Type]string{
	link.RawTracepointType: "raw tracepoint", link.TracingType: "tracing", link.CgroupType: "cgroup",
	link.IterType: "iterator", link.NetNsType: "network namespace", link.XDPType: "XDP",
	link.PerfEventType: "perf event", link.KprobeMultiType: "kprobe_multi", link.TCXType: "tcx",
	link.UprobeMultiType: "uprobe_multi", link.NetfilterType: "netfilter", link.NetkitType: "netkit",
	link.StructOpsType: "struct_ops",
}

// target puts what the kernel tells about a link into words.
func target(info *link.Info) string {
	if t := info.RawTracepoint(); t != nil {
		return t.Name
	}
	if p := info.PerfEvent(); p != nil {
		return eventTarget(p)
	}
	if k := info.KprobeMulti(); k != nil {
		return fmt.Sprintf("%d functions", k.Count)
	}
	if u := info.UprobeMulti(); u != nil {
		return fmt.Sprintf("%d places of %s", u.Count, u.File)
	}
	if t := info.Tracing(); t != nil {
		return attachType(uint32(t.AttachType))
	}
	if c := info.Cgroup(); c != nil {
		return fmt.Sprintf("cgroup %d, %s", c.CgroupId, attachType(uint32(c.AttachType)))
	}
	if n := info.NetNs(); n != nil {
		return fmt.Sprintf("namespace %d, %s", n.NetnsInode, attachType(uint32(n.AttachType)))
	}
	if x := info.XDP(); x != nil {
		return device(x.Ifindex)
	}
	if t := info.TCX(); t != nil {
		return fmt.Sprintf("%s, %s", device(t.Ifindex), attachType(uint32(t.AttachType)))
	}
	return ""
}

func eventTarget(p *link.PerfEventInfo) string {
	if k := p.Kprobe(); k != nil {
		return place(k.Function, uint64(k.Offset), k.Address)
	}
	if u := p.Uprobe(); u != nil {
		return place(u.File, uint64(u.Offset), 0)
	}
	if t := p.Tracepoint(); t != nil {
		return t.Tracepoint
	}
	return ""
}

// attachType is a hook as the kernel calls it, in small letters.
func attachType(n uint32) string { return strings.ToLower(ebpf.AttachType(n).String()) }

// device is a network device's name, its number where it is in another network
// namespace.
func device(index uint32) string {
	if i, err := net.InterfaceByIndex(int(index)); err == nil {
		return i.Name
	}
	return fmt.Sprintf("device %d of another namespace", index)
}
