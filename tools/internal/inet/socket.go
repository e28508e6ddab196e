package inet

import (
	"errors"
	"net/netip"
)

// SocketC defines sock_of_fd(), the socket of a descriptor of the current task, and
// copy_socket(), which copies one of IPv4 or IPv6 to where its members can be read
// whatever they are: many are bit-fields, some of them in some kernels. The headers
// have to be the running kernel's. It goes before a tool's own text.
const SocketC = `
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <net/inet_sock.h>
#include <net/sock.h>

BPF_PERCPU_ARRAY(sockets, struct inet_sock, 1);

/* An address a socket is bound to; IPv4 is in the first 4 bytes. */
struct bound {
	u8 addr[16];
	u16 port;
	u16 version;	/* of IP: 4 or 6 */
};

static inline struct sock *sock_of_fd(u32 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct files_struct *files = NULL;
	struct fdtable *table = NULL;
	struct file **slots = NULL, *file = NULL;
	struct inode *inode = NULL;
	struct socket *socket = NULL;
	struct sock *sk = NULL;
	umode_t mode = 0;
	u32 size = 0;

	bpf_probe_read_kernel(&files, sizeof(files), &task->files);
	bpf_probe_read_kernel(&table, sizeof(table), &files->fdt);
	bpf_probe_read_kernel(&size, sizeof(size), &table->max_fds);
	if (fd >= size)
		return NULL;
	bpf_probe_read_kernel(&slots, sizeof(slots), &table->fd);
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	bpf_probe_read_kernel(&inode, sizeof(inode), &file->f_inode);
	bpf_probe_read_kernel(&mode, sizeof(mode), &inode->i_mode);
	if ((mode & S_IFMT) != S_IFSOCK)
		return NULL;
	bpf_probe_read_kernel(&socket, sizeof(socket), &file->private_data);
	bpf_probe_read_kernel(&sk, sizeof(sk), &socket->sk);
	return sk;
}

/* Sockets of other families are shorter, and left out. */
static inline struct inet_sock *copy_socket(struct sock *sk)
{
	struct inet_sock *copy;
	u16 family = 0;
	int zero = 0;

	bpf_probe_read_kernel(&family, sizeof(family), &sk->__sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return NULL;
	copy = sockets.lookup(&zero);
	if (!copy || bpf_probe_read_kernel(copy, sizeof(*copy), sk))
		return NULL;
	return copy;
}

static inline void read_bound(struct bound *b, struct inet_sock *copy)
{
	b->port = copy->sk.__sk_common.skc_num;
	if (copy->sk.__sk_common.skc_family == AF_INET) {
		b->version = 4;
		__builtin_memcpy(b->addr, &copy->sk.__sk_common.skc_rcv_saddr, 4);
		return;
	}
	b->version = 6;
#if IS_ENABLED(CONFIG_IPV6)
	__builtin_memcpy(b->addr, &copy->sk.__sk_common.skc_v6_rcv_saddr, 16);
#endif
}
`

// Bound is the programs' struct bound.
type Bound struct {
	Addr    [16]uint8 // IPv4 has the first 4
	Port    uint16
	Version uint16 // 4 or 6
}

// BoundTo makes the Bound of an address.
func BoundTo(to netip.AddrPort) Bound {
	b := Bound{Port: to.Port(), Version: 6}
	if to.Addr().Is4() {
		b.Version = 4
	}
	copy(b.Addr[:], to.Addr().AsSlice())
	return b
}

// Address is the address without the port.
func (b *Bound) Address() netip.Addr {
	if b.Version == 4 {
		return netip.AddrFrom4([4]byte(b.Addr[:4]))
	}
	return netip.AddrFrom16(b.Addr)
}

// CheckHeaders is an error unless programs compile with the running kernel's headers.
func CheckHeaders(own bool) error {
	if own {
		return nil
	}
	return errors.New("sockets cannot be looked into: the headers to compile with are another kernel's; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE")
}

// ProtocolName is a protocol's as IPPROTO_… has it, "UNKNOWN" if it has none.
func ProtocolName(number uint16) string {
	if name, ok := protocols[number]; ok {
		return name
	}
	return "UNKNOWN"
}

// protocols are those that a socket may be of, from linux/in.h.
var protocols = map[uint16]string{
	0: "IP", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 8: "EGP", 12: "PUP", 17: "UDP", 22: "IDP", 29: "TP",
	33: "DCCP", 41: "IPV6", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPV6", 92: "MTP", 94: "BEETPH",
	98: "ENCAP", 103: "PIM", 108: "COMP", 115: "L2TP", 132: "SCTP", 136: "UDPLITE", 137: "MPLS", 143: "ETHERNET",
	255: "RAW", 262: "MPTCP",
}
