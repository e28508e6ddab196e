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
// tracing to. It goes before a tool's own text. For a tool that defines READ_MNTNS,
// which takes headers of the running kernel, current_mntns() returns the number of
// the task's mount namespace.
const ContainersC = `
#ifdef CGROUP_MAP
BPF_TABLE_PINNED("hash", u64, u64, cgroup_set, 1024, CGROUP_MAP);
#endif

#ifdef MNTNS_MAP
BPF_TABLE_PINNED("hash", u64, u32, mntns_set, 1024, MNTNS_MAP);
#endif

#if defined(MNTNS_MAP) || defined(MNTNS) || defined(READ_MNTNS)
#include <linux/nsproxy.h>
#include <linux/ns_common.h>
#include <linux/sched.h>

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
#ifdef CGROUP
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 7, 0)
	if (bpf_get_current_ancestor_cgroup_id(CGROUP_LEVEL) != CGROUP)
		return 1;
#else
	if (bpf_get_current_cgroup_id() != CGROUP)
		return 1;
#endif
#endif
#ifdef MNTNS
	if (current_mntns() != MNTNS)
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

// Containers are the flags that narrow a tool to containers: by control group, mount
// namespace or a container's id, or by pinned BPF maps of several of them.
type Containers struct {
	cgroupMap, mntnsMap      string
	cgroup, mntns, container string
}

// Flags are --cgroup, --mntns, --container, --cgroupmap and --mntnsmap.
func (c *Containers) Flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "cgroup", Usage: "only the control group `PATH`, such as /sys/fs/cgroup/user.slice, and those below", Destination: &c.cgroup},
		&cli.StringFlag{Name: "mntns", Usage: "only the mount namespace of a process, by its `PID`", Destination: &c.mntns},
		&cli.StringFlag{Name: "container", Usage: "only the container `ID`, of which the beginning is enough, by its control group", Destination: &c.container},
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
	if err := c.defineCgroup(given); err != nil {
		return err
	}
	if c.mntns != "" {
		number, err := mountNamespace(c.mntns)
		if err != nil {
			return fmt.Errorf("--mntns %s: %w", c.mntns, err)
		}
		given["MNTNS"] = strconv.FormatUint(number, 10)
	}
	for flag, value := range map[string]string{"--mntns": c.mntns, "--mntnsmap": c.mntnsMap} {
		if value != "" && !ownHeaders {
			return errors.New(flag + ": the headers to compile with are another kernel's; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE")
		}
	}
	maps.Copy(defines, given)
	return nil
}

// defineCgroup narrows to the control group of --cgroup or --container.
func (c *Containers) defineCgroup(defines map[string]string) error {
	if c.cgroup != "" && c.container != "" {
		return errors.New("--cgroup and --container: give one of them")
	}
	flag, path := "--cgroup "+c.cgroup, c.cgroup
	if c.container != "" {
		flag = "--container " + c.container
		var err error
		if path, err = containerCgroup(cgroupRoot, c.container); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	if path == "" {
		return nil
	}
	group, err := findCgroup(path)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	defines["CGROUP"] = strconv.FormatUint(group.id, 10) + "ULL"
	defines["CGROUP_LEVEL"] = strconv.Itoa(group.level)
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
