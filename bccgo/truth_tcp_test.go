package bccgo

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

var tcpLook = look{`
#include <linux/sched.h>
#include <linux/net.h>
#include <linux/tcp.h>
#include <net/sock.h>
#include <net/inet_sock.h>
#include <net/inet_connection_sock.h>
struct found_t {
	u64 inode, acked, received;
	u32 net, window, rtt, mss, send_buffer, ttl, state, family, protocol, type;
	u8 local[16], remote[16];
	u16 local_port, remote_port;
	char congestion[16];
};
`, `
	struct file **fds = task->files->fdt->fd;
	struct file *file = *(fds + FD0);
	struct socket *socket = file->private_data;
	struct sock *sk = socket->sk;
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct inet_sock *inet = (struct inet_sock *)sk;
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;

	f.inode = file->f_inode->i_ino;
	f.net = sk->__sk_common.skc_net.net->ns.inum;
	f.family = sk->__sk_common.skc_family;
	f.state = sk->__sk_common.skc_state;
	f.protocol = sk->sk_protocol;
	f.type = sk->sk_type;
	f.send_buffer = sk->sk_sndbuf;
	f.ttl = inet->uc_ttl;
	f.local_port = sk->__sk_common.skc_num;
	f.remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (f.family == AF_INET) {
		*(u32 *)f.local = sk->__sk_common.skc_rcv_saddr;
		*(u32 *)f.remote = sk->__sk_common.skc_daddr;
	} else {
		bpf_probe_read_kernel(f.local, sizeof(f.local), sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		bpf_probe_read_kernel(f.remote, sizeof(f.remote), sk->__sk_common.skc_v6_daddr.in6_u.u6_addr8);
	}
	f.window = tp->snd_cwnd;
	f.rtt = tp->srtt_us >> 3;
	f.mss = tp->mss_cache;
	f.acked = tp->bytes_acked;
	f.received = tp->bytes_received;
	bpf_probe_read_kernel_str(f.congestion, sizeof(f.congestion), icsk->icsk_ca_ops->name);
`}

type foundTCP struct {
	Inode, Acked, Received                 uint64
	Net, Window, RTT, MSS, SendBuffer, TTL uint32
	State, Family, Protocol, Type          uint32
	Local, Remote                          [16]byte
	LocalPort, RemotePort                  uint16
	Congestion                             [16]byte
	_                                      [4]byte
}

// tcpSent is how many bytes go each way.
const tcpSent = 5000

// TestLiveTruthTCP looks into both ends' sockets of a connection that the test
// makes, in a network of its own.
func TestLiveTruthTCP(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		t.Run(address, func(t *testing.T) {
			inOwnNetwork(t, func() error {
				net, err := netNS()
				if err != nil {
					return err
				}
				near, far := connectTCP(t, netip.MustParseAddr(address))
				for _, fd := range []int{near, far} {
					checkTCP(t, fd, take[foundTCP](t, tcpLook, fd).now(), net)
				}
				return nil
			})
		})
	}
}

// connectTCP makes a connection over which something has been sent.
func connectTCP(t *testing.T, a netip.Addr) (near, far int) {
	t.Helper()
	listener := socketOn(t, unix.SOCK_STREAM, a)
	near = socketOn(t, unix.SOCK_STREAM, a)
	err := errors.Join(unix.Listen(listener, 1), unix.SetsockoptInt(near, unix.IPPROTO_IP, unix.IP_TTL, 99))
	if err == nil {
		var to unix.Sockaddr
		if to, err = unix.Getsockname(listener); err == nil {
			err = unix.Connect(near, to)
		}
	}
	if err == nil {
		if far, _, err = unix.Accept4(listener, unix.SOCK_CLOEXEC); err == nil {
			err = unix.SetsockoptInt(far, unix.IPPROTO_IP, unix.IP_TTL, 99)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(far) })
	for _, pair := range [][2]int{{near, far}, {far, near}} {
		if n, err := unix.Write(pair[0], make([]byte, tcpSent)); n != tcpSent || err != nil {
			t.Fatal(n, err)
		}
		if n, _, err := unix.Recvfrom(pair[1], make([]byte, tcpSent), unix.MSG_WAITALL); n != tcpSent || err != nil {
			t.Fatal(n, err)
		}
	}
	settle(t, near, far)
	return near, far
}

// settle waits until nothing is on the way any more.
func settle(t *testing.T, fds ...int) {
	t.Helper()
	for _, fd := range fds {
		eventually(t, "an acknowledgement of everything", func() (bool, error) {
			info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
			return err == nil && info.Unacked == 0 && info.Bytes_acked >= tcpSent, err
		})
	}
}

func checkTCP(t *testing.T, fd int, got foundTCP, net uint32) {
	t.Helper()
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		t.Fatal(err)
	}
	want := foundTCP{
		Net: net, State: uint32(info.State), Window: info.Snd_cwnd, RTT: info.Rtt, MSS: info.Snd_mss,
		Acked: info.Bytes_acked, Received: info.Bytes_received, TTL: uint32(sockopt(t, fd, unix.IPPROTO_IP, unix.IP_TTL)),
		Family: uint32(sockopt(t, fd, unix.SOL_SOCKET, unix.SO_DOMAIN)), Type: unix.SOCK_STREAM, Protocol: unix.IPPROTO_TCP,
		SendBuffer: uint32(sockopt(t, fd, unix.SOL_SOCKET, unix.SO_SNDBUF)), Inode: inodeOf(t, fd),
	}
	want.Local, want.LocalPort = address(unix.Getsockname(fd))
	want.Remote, want.RemotePort = address(unix.Getpeername(fd))
	congestion, err := unix.GetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION)
	copy(want.Congestion[:], congestion)
	if got != want || err != nil || got.LocalPort == 0 || got.RTT == 0 || got.Acked < tcpSent {
		t.Errorf("found %+v\nwant  %+v, %v", got, want, err)
	}
}
