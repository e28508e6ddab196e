package bccgo

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// IterOptions say which objects an iterator goes through. nil means all; the
// targets that go through one table need that.
type IterOptions struct {
	// Table is the table of the program whose entries bpf_map_elem goes through (a
	// hash or an array), or bpf_sk_storage_map or sockmap.
	Table string
	// PID confines task, task_file and task_vma to the threads of one process, TID
	// to one thread, numbered as in this process's pid namespace (Linux 6.1).
	PID, TID int
	// Cgroup is where the target cgroup begins, the path of a directory of a
	// version 2 hierarchy; "" is the root. Order is which groups come, in what
	// order (Linux 6.1).
	Cgroup string
	Order  CgroupOrder
}

// CgroupOrder is how an iterator goes through control groups.
type CgroupOrder int

// The orders, as in enum bpf_cgroup_iter_order; 0 is CgroupsDown.
const (
	CgroupSelf      CgroupOrder = 1 // the group alone
	CgroupsDown     CgroupOrder = 2 // it, then those below, each before its own
	CgroupsBelow    CgroupOrder = 3 // the same, each after its own
	CgroupAncestors CgroupOrder = 4 // it, then those above up to the root
)

// Targets that need, or take, one of the options.
var (
	tableIters = []string{"bpf_map_elem", "bpf_sk_storage_map", "sockmap"}
	taskIters  = []string{"task", "task_file", "task_vma"}
)

const cgroupIter = "cgroup"

// check refuses what does not go with a target.
func (o *IterOptions) check(target string) error {
	ofTable, ofTask, ofCgroup := slices.Contains(tableIters, target), slices.Contains(taskIters, target), target == cgroupIter
	switch {
	case ofTable && o.Table == "":
		return errors.New("it goes through the entries of one table: name that in IterOptions.Table")
	case !ofTable && o.Table != "":
		return fmt.Errorf("it goes through no table, so it cannot go through %s", o.Table)
	case !ofTask && (o.PID != 0 || o.TID != 0):
		return fmt.Errorf("PID and TID are for %v", taskIters)
	case o.PID != 0 && o.TID != 0:
		return errors.New("IterOptions has a PID and a TID: one of them is enough")
	case o.PID < 0 || o.TID < 0:
		return fmt.Errorf("no process has number %d", min(o.PID, o.TID))
	case !ofCgroup && (o.Cgroup != "" || o.Order != 0):
		return errors.New("the options Cgroup and Order are for the target cgroup")
	case o.Order < 0 || o.Order > CgroupAncestors:
		return fmt.Errorf("there is no order %d of control groups", o.Order)
	}
	return nil
}

// openIter attaches an iterator.
func (m *Module) openIter(p *ebpf.Program, target string, o *IterOptions) (*link.Iter, error) {
	if err := o.check(target); err != nil {
		return nil, err
	}
	if err := o.supported(target); err != nil {
		return nil, err
	}
	over := sysbpf.IterOver{PID: o.PID, TID: o.TID}
	if target == cgroupIter {
		over.Order = int(max(o.Order, CgroupSelf))
		if o.Order == 0 {
			over.Order = int(CgroupsDown)
		}
	}
	if o.Cgroup != "" {
		dir, err := os.OpenFile(o.Cgroup, unix.O_DIRECTORY, 0)
		if err != nil {
			return nil, fmt.Errorf("open control group: %w", err)
		}
		defer dir.Close()
		over.CgroupFD = int(dir.Fd())
	}
	if o.Table != "" {
		t, err := m.table(o.Table)
		if err != nil {
			return nil, err
		}
		if over.MapFD, err = t.acquire(); err != nil {
			return nil, err
		}
		defer t.release()
	}
	fd, err := sysbpf.LinkIter(p.FD(), over)
	runtime.KeepAlive(p)
	if err != nil {
		return nil, o.explain(err)
	}
	return iterOf(fd)
}

// iterOf makes a link's descriptor an iterator.
func iterOf(fd int) (*link.Iter, error) {
	l, err := link.NewFromFD(fd)
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	it, ok := l.(*link.Iter)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the kernel made a %T of the iterator", l), l.Close())
	}
	return it, nil
}

// supported tells whether this kernel minds the options: older ones pass over
// those that they do not know.
func (o *IterOptions) supported(target string) error {
	part := ""
	switch {
	case o.PID != 0 || o.TID != 0:
		part = "task"
	case target == cgroupIter:
		part = "cgroup"
	default:
		return nil
	}
	has, err := KernelStructHasField("bpf_iter_link_info", part)
	if err != nil || has {
		return err
	}
	return &UnsupportedError{Feature: "iterators over part of the " + part + "s", Reason: "the kernel is older than 6.1",
		Fix: "go through all, and leave the others out in the function"}
}

// explain says why the kernel did not attach an iterator.
func (o *IterOptions) explain(err error) error {
	switch {
	case o.Table != "" && errors.Is(err, unix.EACCES):
		return fmt.Errorf("the function reads or writes more of a key or value than table %s has: %w", o.Table, err)
	case o.Table != "" && errors.Is(err, unix.EINVAL):
		return fmt.Errorf("the kernel does not go through a table of the type of %s in this way: %w", o.Table, err)
	}
	return err
}
