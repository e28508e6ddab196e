package bccgo

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var namespaceLook = look{`
#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <linux/ns_common.h>
#include <linux/utsname.h>
#include <linux/ipc_namespace.h>
#include <linux/pid_namespace.h>
#include <linux/user_namespace.h>
#include <linux/cgroup.h>
#include <net/net_namespace.h>

struct found_t {
	u32 uts, ipc, pid, net, cgroup, user, level;
	char node[65];
};
`, `
	struct nsproxy *ns = task->nsproxy;

	f.uts = ns->uts_ns->ns.inum;
	f.ipc = ns->ipc_ns->ns.inum;
	f.pid = ns->pid_ns_for_children->ns.inum;
	f.net = ns->net_ns->ns.inum;
	f.cgroup = ns->cgroup_ns->ns.inum;
	f.user = task->cred->user_ns->ns.inum;
	f.level = ns->pid_ns_for_children->level;
	bpf_probe_read_kernel_str(f.node, sizeof(f.node), ns->uts_ns->name.nodename);
`}

type foundNamespaces struct {
	UTS, IPC, PID, Net, Cgroup, User, Level uint32
	Node                                    [65]byte
	_                                       [3]byte
}

// TestLiveTruthNamespaces compares the namespaces of the test and those of a
// thread that has new ones.
func TestLiveTruthNamespaces(t *testing.T) {
	l := take[foundNamespaces](t, namespaceLook)
	onOwnThread(t, func() error {
		old := compareNamespaces(t, l)
		if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP); err != nil {
			return err
		}
		if err := unix.Sethostname([]byte("truth.example.test")); err != nil {
			return err
		}
		own := compareNamespaces(t, l)
		if own.UTS == old.UTS || own.IPC == old.IPC || own.Net == old.Net || own.Cgroup == old.Cgroup {
			t.Errorf("the new namespaces %+v are the old ones %+v", own, old)
		}
		return nil
	})
}

// compareNamespaces runs the program and compares the namespaces' numbers with those of
// /proc.
func compareNamespaces(t *testing.T, l *looked[foundNamespaces]) foundNamespaces {
	t.Helper()
	got := l.now()
	for name, inum := range map[string]uint32{
		"uts": got.UTS, "ipc": got.IPC, "pid": got.PID, "net": got.Net, "cgroup": got.Cgroup, "user": got.User,
	} {
		if want := stat(t, "/proc/thread-self/ns/"+name).Ino; uint64(inum) != want {
			t.Errorf("the %s namespace is %d, /proc says %d", name, inum, want)
		}
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil || u.Nodename != got.Node {
		t.Errorf("the node is %s, uname says %s, %v", unix.ByteSliceToString(got.Node[:]), unix.ByteSliceToString(u.Nodename[:]), err)
	}
	if want := len(strings.Fields(procStatus(t, "NSpid"))) - 1; int(got.Level) != want {
		t.Errorf("the level of the pid namespace is %d, /proc says %d", got.Level, want)
	}
	return got
}
