package bccgo

import (
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

var unixLook = look{`
#include <linux/sched.h>
#include <linux/net.h>
#include <linux/cred.h>
#include <net/sock.h>
#include <net/af_unix.h>
struct found_t {
	u64 inode, peer_inode;
	u32 family, state, peer_pid, peer_uid, peer_gid;
	char peer_name[16];
};
`, `
	struct file **fds = task->files->fdt->fd;
	struct file *file = *(fds + FD0);
	struct socket *socket = file->private_data;
	struct unix_sock *near = (struct unix_sock *)socket->sk;
	struct unix_sock *far = (struct unix_sock *)near->peer;
	struct unix_address *name = far->addr;

	f.inode = file->f_inode->i_ino;
	f.peer_inode = far->sk.sk_socket->file->f_inode->i_ino;
	f.family = near->sk.__sk_common.skc_family;
	f.state = near->sk.__sk_common.skc_state;
	f.peer_pid = near->sk.sk_peer_pid->numbers[0].nr;
	f.peer_uid = near->sk.sk_peer_cred->uid.val;
	f.peer_gid = near->sk.sk_peer_cred->gid.val;
	/* The name of an abstract socket begins with a 0, and ends with none. */
	bpf_probe_read_kernel_str(f.peer_name, sizeof(f.peer_name), (char *)&name->name[0].sun_path + 1);
`}

type foundUnix struct {
	Inode, PeerInode                         uint64
	Family, State, PeerPID, PeerUID, PeerGID uint32
	PeerName                                 [16]byte
	_                                        [4]byte
}

// TestLiveTruthUnix goes from one end of a connection to the other, which was
// made by somebody else.
func TestLiveTruthUnix(t *testing.T) {
	const name = "@truth-of-unix-5"
	var listener int
	onOwnThread(t, func() (err error) {
		if _, _, errno := syscall.RawSyscall(unix.SYS_SETRESUID, 4321, 4321, 4321); errno != 0 {
			return errno
		}
		if listener, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		if err := unix.Bind(listener, &unix.SockaddrUnix{Name: name}); err != nil {
			return err
		}
		return unix.Listen(listener, 1)
	})
	defer unix.Close(listener)
	near, far, err := connectUnix(listener, name)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(near)
	defer unix.Close(far)
	peer, err := unix.GetsockoptUcred(near, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || peer.Uid != 4321 || int(peer.Pid) != os.Getpid() {
		t.Fatalf("the peer is %+v, %v", peer, err)
	}
	want := foundUnix{
		Inode: inodeOf(t, near), PeerInode: inodeOf(t, far), Family: unix.AF_UNIX, State: unix.BPF_TCP_ESTABLISHED,
		PeerPID: uint32(peer.Pid), PeerUID: peer.Uid, PeerGID: peer.Gid,
	}
	copy(want.PeerName[:], name[1:])
	if got := take[foundUnix](t, unixLook, near).now(); got != want {
		t.Errorf("found %+v\nwant  %+v", got, want)
	}
}

func connectUnix(listener int, name string) (near, far int, err error) {
	if near, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, 0, err
	}
	if err := unix.Connect(near, &unix.SockaddrUnix{Name: name}); err != nil {
		return 0, 0, err
	}
	far, _, err = unix.Accept4(listener, unix.SOCK_CLOEXEC)
	return near, far, err
}
