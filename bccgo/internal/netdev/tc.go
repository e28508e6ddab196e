package netdev

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Parent is where a filter hangs.
type Parent uint32

// The two ends of the clsact qdisc.
const (
	Ingress Parent = netlink.HANDLE_MIN_INGRESS
	Egress  Parent = netlink.HANDLE_MIN_EGRESS
)

// Filter is a filter of the clsact qdisc that runs a program.
type Filter struct {
	Index    int // of the device
	Parent   Parent
	Priority uint16 // 0 lets the kernel choose
	Handle   uint32 // 0 lets the kernel choose
	Name     string
	FD       int // of the program; NoProgram where Filters has listed it
	// Direct tells that the program's result is a verdict, not a class.
	Direct bool
	// Action tells that the program is the action of a filter that all packets
	// pass, not the filter itself.
	Action bool
}

// AddClsact gives a device the clsact qdisc, and tells whether it had none.
func (c *Conn) AddClsact(index int) (made bool, err error) {
	err = c.route.QdiscAdd(clsact(index))
	switch {
	case err == nil:
		return true, nil
	case !errors.Is(err, unix.EEXIST):
		return false, fmt.Errorf("add clsact qdisc: %w", err)
	}
	return false, c.checkClsact(index)
}

// checkClsact refuses the ingress qdisc, which sits at the same place and has no
// egress.
func (c *Conn) checkClsact(index int) error {
	qdiscs, err := c.route.QdiscList(device(index))
	if err != nil {
		return fmt.Errorf("list qdiscs: %w", err)
	}
	for _, q := range qdiscs {
		if q.Type() == "ingress" {
			return fmt.Errorf("add clsact qdisc: the device has the qdisc ingress in its place: %w", unix.EEXIST)
		}
	}
	return nil
}

// RemoveClsact takes the clsact qdisc off a device if no filter hangs there, and
// tells whether it did.
func (c *Conn) RemoveClsact(index int) (removed bool, err error) {
	for _, p := range []Parent{Ingress, Egress} {
		if in, err := c.route.FilterList(device(index), uint32(p)); err != nil || len(in) > 0 {
			return false, err
		}
	}
	err = c.route.QdiscDel(clsact(index))
	return err == nil, err
}

func clsact(index int) netlink.Qdisc {
	return &netlink.Clsact{QdiscAttrs: netlink.QdiscAttrs{
		LinkIndex: index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT,
	}}
}

func device(index int) netlink.Link {
	return &netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: index}}
}

// AddFilter adds a filter; the kernel's error is unix.EEXIST where there is one
// of that priority and handle.
func (c *Conn) AddFilter(f Filter) error { return c.route.FilterAdd(f.form()) }

// RemoveFilter takes a filter off that Filters has listed.
func (c *Conn) RemoveFilter(f Filter) error { return c.route.FilterDel(f.form()) }

func (f Filter) form() netlink.Filter {
	attrs := netlink.FilterAttrs{LinkIndex: f.Index, Parent: uint32(f.Parent), Handle: f.Handle,
		Priority: f.Priority, Protocol: unix.ETH_P_ALL}
	if f.Action {
		return &netlink.MatchAll{FilterAttrs: attrs, Actions: []netlink.Action{
			&netlink.BpfAction{ActionAttrs: netlink.ActionAttrs{Action: netlink.TC_ACT_PIPE}, Fd: f.FD, Name: f.Name},
		}}
	}
	return &netlink.BpfFilter{FilterAttrs: attrs, Fd: f.FD, Name: f.Name, DirectAction: f.Direct}
}

// Filters lists the filters of a device's end that run programs.
func (c *Conn) Filters(index int, p Parent) ([]Filter, error) {
	all, err := c.route.FilterList(device(index), uint32(p))
	if err != nil {
		return nil, fmt.Errorf("list filters: %w", err)
	}
	var list []Filter
	for _, f := range all {
		a := f.Attrs()
		found := Filter{Index: index, Parent: p, Priority: a.Priority, Handle: a.Handle, FD: NoProgram}
		switch f := f.(type) {
		case *netlink.BpfFilter:
			if f.Name == "" {
				continue // the head of a priority's list
			}
			found.Name, found.Direct = f.Name, f.DirectAction
		case *netlink.MatchAll:
			b := bpfAction(f.Actions)
			if b == nil {
				continue
			}
			found.Name, found.Action = b.Name, true
		default:
			continue
		}
		list = append(list, found)
	}
	return list, nil
}

func bpfAction(actions []netlink.Action) *netlink.BpfAction {
	for _, a := range actions {
		if b, ok := a.(*netlink.BpfAction); ok {
			return b
		}
	}
	return nil
}
