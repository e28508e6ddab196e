// Package netns narrows tools to one network namespace, as containers have one of
// their own.
package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"github.com/urfave/cli/v2"
)

// C defines in_netns(sk, number), which tells whether a socket of the kernel is in
// the network namespace of that number; any is in number 0. The headers have to be
// the running kernel's. It goes before a tool's own text.
const C = `
#include <net/net_namespace.h>
#include <net/sock.h>

static inline u32 netns_number(struct net *net)
{
	u32 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &net->ns.inum);
	return number;
}

static inline int in_netns(struct sock *sk, u32 number)
{
	struct net *net = NULL;

	if (!number)
		return 1;
	bpf_probe_read_kernel(&net, sizeof(net), &sk->__sk_common.skc_net);
	return netns_number(net) == number;
}
`

// Filter is the namespace that the flags ask for. The zero Filter lets all through.
type Filter struct {
	id, pid uint
}

// Flags are --netns-id and --pid-netns.
func (f *Filter) Flags() []cli.Flag {
	return []cli.Flag{
		&cli.UintFlag{Name: "netns-id", Usage: "only the network namespace of this `NUMBER`, as lsns -t net shows it", Destination: &f.id, DefaultText: "all"},
		&cli.UintFlag{Name: "pid-netns", Usage: "only the network namespace of process `PID`", Destination: &f.pid, DefaultText: "all"},
	}
}

// Number is the namespace's number in the kernel, 0 for all.
func (f *Filter) Number() (uint32, error) {
	switch {
	case f.id != 0 && f.pid != 0:
		return 0, errors.New("--netns-id and --pid-netns: give one of them")
	case f.pid != 0:
		return ofProcess(f.pid)
	case f.id > 1<<32-1:
		return 0, fmt.Errorf("--netns-id %d: numbers of namespaces have 32 bits; lsns -t net shows them", f.id)
	}
	return uint32(f.id), nil
}

func ofProcess(pid uint) (uint32, error) {
	info, err := os.Stat("/proc/" + strconv.FormatUint(uint64(pid), 10) + "/ns/net")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("--pid-netns %d: there is no such process", pid)
	}
	if err != nil {
		return 0, fmt.Errorf("--pid-netns %d: %w", pid, err)
	}
	return uint32(info.Sys().(*syscall.Stat_t).Ino), nil
}
