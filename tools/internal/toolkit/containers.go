package toolkit

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// ContainersC defines filtered_out(), which tells whether the current task is
// outside the control groups and mount namespaces that Containers narrows the
// tracing to. It goes before a tool's own text.
const ContainersC = `
#ifdef CGROUP_MAP
BPF_TABLE_PINNED("hash", u64, u64, cgroup_set, 1024, CGROUP_MAP);
#endif

#ifdef MNTNS_MAP
#include <linux/nsproxy.h>
#include <linux/ns_common.h>
#include <linux/sched.h>

BPF_TABLE_PINNED("hash", u64, u32, mntns_set, 1024, MNTNS_MAP);

/* The beginning of struct mnt_namespace, which kernel headers lack. */
struct mntns_head {
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
	atomic_t count;
#endif
	struct ns_common ns;
};

static inline u64 current_mntns(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct nsproxy *proxy = NULL;
	struct mntns_head *ns = NULL;
	unsigned int inum = 0;

	bpf_probe_read_kernel(&proxy, sizeof(proxy), &task->nsproxy);
	bpf_probe_read_kernel(&ns, sizeof(ns), &proxy->mnt_ns);
	bpf_probe_read_kernel(&inum, sizeof(inum), &ns->ns.inum);
	return inum;
}
#endif

static inline int filtered_out(void)
{
#ifdef CGROUP_MAP
	u64 cgroup = bpf_get_current_cgroup_id();

	if (!cgroup_set.lookup(&cgroup))
		return 1;
#endif
#ifdef MNTNS_MAP
	u64 mntns = current_mntns();

	if (!mntns_set.lookup(&mntns))
		return 1;
#endif
	return 0;
}
`

// Containers are the flags that narrow a tool to containers: paths of pinned
// BPF maps whose keys are control group ids or mount namespace numbers.
type Containers struct {
	cgroupMap, mntnsMap string
}

// Flags are --cgroupmap and --mntnsmap.
func (c *Containers) Flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "cgroupmap", Usage: "only cgroups in the BPF map pinned at `PATH`", Destination: &c.cgroupMap},
		&cli.StringFlag{Name: "mntnsmap", Usage: "only mount namespaces in the BPF map pinned at `PATH`", Destination: &c.mntnsMap},
	}
}

// Define adds what ContainersC needs to the defines of a compile. ownHeaders
// tells whether that uses the running kernel's headers, without which a mount
// namespace cannot be found.
func (c *Containers) Define(defines map[string]string, ownHeaders bool) error {
	given := map[string]string{}
	for name, path := range map[string]string{"CGROUP_MAP": c.cgroupMap, "MNTNS_MAP": c.mntnsMap} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("find the pinned map: %w; bpftool map create pins one", err)
		}
		given[name] = strconv.Quote(path)
	}
	if c.mntnsMap != "" && !ownHeaders {
		return errors.New("--mntnsmap: the headers to compile with are another kernel's; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE")
	}
	maps.Copy(defines, given)
	return nil
}

// OwnHeaders tells whether the tool compiles with the running kernel's headers,
// and remarks on it if not.
func (s *Session) OwnHeaders(consequence string) (bool, error) {
	own, err := bccgo.HeadersMatch(nil)
	if err == nil && !own {
		s.Notef("compiling with another kernel's headers: %s", consequence)
	}
	return own, err
}
