package inet

import "net/netip"

// EndsC defines struct ends, both ends of a connection, and what fills it in:
// read_sock from the kernel's struct sock, for which the headers have to be the
// running kernel's, and set_ends from a tracepoint's fields. Connections over
// IPv4 of sockets of IPv6 are IPv4, as on the wire. It goes before a tool's own
// text.
const EndsC = `
#include <linux/in.h>
#include <linux/socket.h>
#include <net/sock.h>
#include <net/tcp_states.h>

/* Addresses of IPv4 are in the first 4 bytes. */
struct ends {
	u8 laddr[16], raddr[16];
	u16 lport, rport;
	u32 version;	/* of IP: 4 or 6 */
};

static inline int is_mapped(const u8 *address)
{
	const u32 *part = (const u32 *)address;

	return !part[0] && !part[1] && part[2] == htonl(0xffff);
}

/*
 * Takes the local and the remote address from where the kernel has them. What it
 * has of IPv4 is right for mapped addresses as well.
 */
static inline void set_ends(struct ends *e, u16 family, const void *l4, const void *r4,
			    const void *l6, const void *r6)
{
	e->version = 4;
	if (family == AF_INET6) {
		bpf_probe_read_kernel(e->laddr, 16, l6);
		bpf_probe_read_kernel(e->raddr, 16, r6);
		if (!is_mapped(e->raddr)) {
			e->version = 6;
			return;
		}
		__builtin_memset(e->laddr, 0, 16);
		__builtin_memset(e->raddr, 0, 16);
	}
	bpf_probe_read_kernel(e->laddr, 4, l4);
	bpf_probe_read_kernel(e->raddr, 4, r4);
}

static inline void read_sock(struct ends *e, struct sock *sk)
{
	u16 family = 0;

	bpf_probe_read_kernel(&family, sizeof(family), &sk->__sk_common.skc_family);
	bpf_probe_read_kernel(&e->lport, sizeof(u16), &sk->__sk_common.skc_num);
	bpf_probe_read_kernel(&e->rport, sizeof(u16), &sk->__sk_common.skc_dport);
	e->rport = ntohs(e->rport);
	set_ends(e, family, &sk->__sk_common.skc_rcv_saddr, &sk->__sk_common.skc_daddr,
#if IS_ENABLED(CONFIG_IPV6)
		 &sk->__sk_common.skc_v6_rcv_saddr, &sk->__sk_common.skc_v6_daddr);
#else
		 NULL, NULL);
#endif
}
`

// Ends is the programs' struct ends.
type Ends struct {
	Laddr, Raddr [16]uint8 // IPv4 has the first 4
	Lport, Rport uint16
	Version      uint32 // 4 or 6
}

// EndsOf makes the Ends of addresses, which are both of IPv4 or both of IPv6.
func EndsOf(local, remote netip.AddrPort) Ends {
	e := Ends{Lport: local.Port(), Rport: remote.Port(), Version: 6}
	if local.Addr().Is4() {
		e.Version = 4
	}
	copy(e.Laddr[:], local.Addr().AsSlice())
	copy(e.Raddr[:], remote.Addr().AsSlice())
	return e
}

// Local is the local address.
func (e *Ends) Local() netip.Addr { return e.addr(&e.Laddr) }

// Remote is the address of the other end.
func (e *Ends) Remote() netip.Addr { return e.addr(&e.Raddr) }

func (e *Ends) addr(raw *[16]uint8) netip.Addr {
	if e.Version == 4 {
		return netip.AddrFrom4([4]byte(raw[:4]))
	}
	return netip.AddrFrom16(*raw)
}
