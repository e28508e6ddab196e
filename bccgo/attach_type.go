package bccgo

import "github.com/cilium/ebpf"

// AttachType is a place that AttachFunc and AttachCgroup attach to, of those that
// enum bpf_attach_type has.
type AttachType = ebpf.AttachType

// Places in control groups: packets of the group's sockets, and what its
// processes do. Where no other is given, they came with the program type.
const (
	CgroupInetIngress      = ebpf.AttachCGroupInetIngress
	CgroupInetEgress       = ebpf.AttachCGroupInetEgress
	CgroupInetSockCreate   = ebpf.AttachCGroupInetSockCreate
	CgroupInetSockRelease  = ebpf.AttachCgroupInetSockRelease // Linux 5.9
	CgroupSockOps          = ebpf.AttachCGroupSockOps
	CgroupDevice           = ebpf.AttachCGroupDevice
	CgroupInet4Bind        = ebpf.AttachCGroupInet4Bind
	CgroupInet6Bind        = ebpf.AttachCGroupInet6Bind
	CgroupInet4PostBind    = ebpf.AttachCGroupInet4PostBind
	CgroupInet6PostBind    = ebpf.AttachCGroupInet6PostBind
	CgroupInet4Connect     = ebpf.AttachCGroupInet4Connect
	CgroupInet6Connect     = ebpf.AttachCGroupInet6Connect
	CgroupUDP4Sendmsg      = ebpf.AttachCGroupUDP4Sendmsg      // Linux 4.18
	CgroupUDP6Sendmsg      = ebpf.AttachCGroupUDP6Sendmsg      // Linux 4.18
	CgroupUDP4Recvmsg      = ebpf.AttachCGroupUDP4Recvmsg      // Linux 5.2
	CgroupUDP6Recvmsg      = ebpf.AttachCGroupUDP6Recvmsg      // Linux 5.2
	CgroupInet4Getpeername = ebpf.AttachCgroupInet4GetPeername // Linux 5.8
	CgroupInet6Getpeername = ebpf.AttachCgroupInet6GetPeername // Linux 5.8
	CgroupInet4Getsockname = ebpf.AttachCgroupInet4GetSockname // Linux 5.8
	CgroupInet6Getsockname = ebpf.AttachCgroupInet6GetSockname // Linux 5.8
	CgroupSysctl           = ebpf.AttachCGroupSysctl
	CgroupGetsockopt       = ebpf.AttachCGroupGetsockopt
	CgroupSetsockopt       = ebpf.AttachCGroupSetsockopt
)

// Places at tables of sockets, network namespaces, sockets and infrared devices.
const (
	SkSKBStreamParser          = ebpf.AttachSkSKBStreamParser
	SkSKBStreamVerdict         = ebpf.AttachSkSKBStreamVerdict
	SkSKBVerdict               = ebpf.AttachSkSKBVerdict // Linux 5.13
	SkMsgVerdict               = ebpf.AttachSkMsgVerdict
	SkLookup                   = ebpf.AttachSkLookup
	FlowDissector              = ebpf.AttachFlowDissector // Linux 5.8 here
	SkReuseportSelect          = ebpf.AttachSkReuseportSelect
	SkReuseportSelectOrMigrate = ebpf.AttachSkReuseportSelectOrMigrate // Linux 5.14
	LircMode2                  = ebpf.AttachLircMode2
)

// attachKind is what has to be known of an attach type.
type attachKind struct {
	hook  string // the kernel's name
	typ   ProgType
	since kernelVersion // 0: as the type
	// typed tells that the kernel wants to know the attach type when the program
	// is loaded.
	typed bool
	to    attachTarget
}

// attachTarget is what a program is attached to, in words.
type attachTarget string

const (
	toCgroup    attachTarget = "the directory of a control group (version 2)"
	toSockets   attachTarget = "a table of sockets (BPF_SOCKMAP, BPF_SOCKHASH)"
	toNetwork   attachTarget = "a network namespace (/proc/PID/ns/net)"
	toReuseport attachTarget = "a socket that shares its port (SO_REUSEPORT)"
	toInfrared  attachTarget = "an infrared device (/dev/lirc…)"
)

var attachKinds = map[AttachType]attachKind{
	CgroupInetIngress:      {"cgroup_inet_ingress", ebpf.CGroupSKB, 0, false, toCgroup},
	CgroupInetEgress:       {"cgroup_inet_egress", ebpf.CGroupSKB, 0, false, toCgroup},
	CgroupInetSockCreate:   {"cgroup_inet_sock_create", ebpf.CGroupSock, 0, false, toCgroup},
	CgroupInetSockRelease:  {"cgroup_inet_sock_release", ebpf.CGroupSock, linux(5, 9), true, toCgroup},
	CgroupSockOps:          {"cgroup_sock_ops", ebpf.SockOps, 0, false, toCgroup},
	CgroupDevice:           {"cgroup_device", ebpf.CGroupDevice, 0, false, toCgroup},
	CgroupInet4Bind:        {"cgroup_inet4_bind", ebpf.CGroupSockAddr, 0, true, toCgroup},
	CgroupInet6Bind:        {"cgroup_inet6_bind", ebpf.CGroupSockAddr, 0, true, toCgroup},
	CgroupInet4PostBind:    {"cgroup_inet4_post_bind", ebpf.CGroupSock, linux(4, 17), true, toCgroup},
	CgroupInet6PostBind:    {"cgroup_inet6_post_bind", ebpf.CGroupSock, linux(4, 17), true, toCgroup},
	CgroupInet4Connect:     {"cgroup_inet4_connect", ebpf.CGroupSockAddr, 0, true, toCgroup},
	CgroupInet6Connect:     {"cgroup_inet6_connect", ebpf.CGroupSockAddr, 0, true, toCgroup},
	CgroupUDP4Sendmsg:      {"cgroup_udp4_sendmsg", ebpf.CGroupSockAddr, linux(4, 18), true, toCgroup},
	CgroupUDP6Sendmsg:      {"cgroup_udp6_sendmsg", ebpf.CGroupSockAddr, linux(4, 18), true, toCgroup},
	CgroupUDP4Recvmsg:      {"cgroup_udp4_recvmsg", ebpf.CGroupSockAddr, linux(5, 2), true, toCgroup},
	CgroupUDP6Recvmsg:      {"cgroup_udp6_recvmsg", ebpf.CGroupSockAddr, linux(5, 2), true, toCgroup},
	CgroupInet4Getpeername: {"cgroup_inet4_getpeername", ebpf.CGroupSockAddr, linux(5, 8), true, toCgroup},
	CgroupInet6Getpeername: {"cgroup_inet6_getpeername", ebpf.CGroupSockAddr, linux(5, 8), true, toCgroup},
	CgroupInet4Getsockname: {"cgroup_inet4_getsockname", ebpf.CGroupSockAddr, linux(5, 8), true, toCgroup},
	CgroupInet6Getsockname: {"cgroup_inet6_getsockname", ebpf.CGroupSockAddr, linux(5, 8), true, toCgroup},
	CgroupSysctl:           {"cgroup_sysctl", ebpf.CGroupSysctl, 0, false, toCgroup},
	CgroupGetsockopt:       {"cgroup_getsockopt", ebpf.CGroupSockopt, 0, true, toCgroup},
	CgroupSetsockopt:       {"cgroup_setsockopt", ebpf.CGroupSockopt, 0, true, toCgroup},

	SkSKBStreamParser:          {"sk_skb_stream_parser", ebpf.SkSKB, 0, false, toSockets},
	SkSKBStreamVerdict:         {"sk_skb_stream_verdict", ebpf.SkSKB, 0, false, toSockets},
	SkSKBVerdict:               {"sk_skb_verdict", ebpf.SkSKB, linux(5, 13), false, toSockets},
	SkMsgVerdict:               {"sk_msg_verdict", ebpf.SkMsg, 0, false, toSockets},
	SkLookup:                   {"sk_lookup", ebpf.SkLookup, 0, true, toNetwork},
	FlowDissector:              {"flow_dissector", ebpf.FlowDissector, linux(5, 8), false, toNetwork},
	SkReuseportSelect:          {"sk_reuseport_select", ebpf.SkReuseport, 0, false, toReuseport},
	SkReuseportSelectOrMigrate: {"sk_reuseport_select_or_migrate", ebpf.SkReuseport, linux(5, 14), true, toReuseport},
	LircMode2:                  {"lirc_mode2", ebpf.LircMode2, 0, false, toInfrared},
}
