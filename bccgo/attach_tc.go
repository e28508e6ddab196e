package bccgo

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/netdev"
)

// TCDirection is a way that packets take through a network device.
type TCDirection uint8

// The two ends of traffic control (tc) that functions can be attached to.
const (
	// Ingress is where packets come in, before the network stack.
	Ingress TCDirection = iota
	// Egress is where they go out, before the device's queues.
	Egress
)

func (d TCDirection) String() string {
	if d == Ingress {
		return "ingress"
	}
	return "egress"
}

func (d TCDirection) hook() string { return "tc " + d.String() }

func (d TCDirection) parent() netdev.Parent {
	if d == Ingress {
		return netdev.Ingress
	}
	return netdev.Egress
}

// TCOptions refine AttachTC. nil means none.
type TCOptions struct {
	// First puts the function before those that run there already. It needs Linux
	// 6.6; where that or Clsact, Priority or Handle asks for filters of the qdisc
	// clsact, a Priority below theirs does the same.
	First bool
	// Clsact makes the function a filter of the qdisc clsact even where the kernel
	// has links for tc. The qdisc is made if the device has none, and goes with the
	// link then.
	Clsact bool
	// Priority and Handle say where among the filters: a lower priority runs
	// earlier. 0 leaves them to the kernel, and any other implies Clsact.
	Priority uint16
	Handle   uint32
	// Classify makes the function's result a class (0: none, -1: the filter's own)
	// in place of a verdict, for a qdisc with classes. It implies Clsact.
	Classify bool
	// Action makes the function the action of a filter that all packets pass, as
	// tc's "action bpf" is; it is loaded as SchedACT. It implies Clsact and needs
	// act_bpf and cls_matchall (Linux 4.8).
	Action bool
}

func (o *TCOptions) orDefault() TCOptions {
	if o == nil {
		return TCOptions{}
	}
	return *o
}

// filter tells whether only a filter of a qdisc can do what is asked for.
func (o TCOptions) filter() bool {
	return o.Clsact || o.Priority != 0 || o.Handle != 0 || o.Classify || o.Action
}

// AttachTC runs a function, int f(struct __sk_buff *skb), on each packet that
// comes in or goes out at a network device of the calling thread's network
// namespace. Its result is what becomes of the packet: TC_ACT_OK, TC_ACT_SHOT,
// TC_ACT_REDIRECT, or TC_ACT_UNSPEC to leave that to the function that is next.
//
// From Linux 6.6 on a link holds it there (TCX), and nothing stays on the device
// when the process ends in whatever way, unless Link.Pin asks for it. Before, it
// is a filter of the qdisc clsact (Linux 4.5), which a process that is killed
// leaves behind; CleanTC removes such filters.
//
// Errors are *AttachError around *UnknownDeviceError, *UnsupportedError,
// *BusyError if there is a filter of that priority and handle, or
// *PermissionError; or a *VerifierError.
func (m *Module) AttachTC(device string, d TCDirection, function string, o *TCOptions) (*Link, error) {
	opts := o.orDefault()
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: d.hook(), Target: device, Function: function, Err: err}
	}
	conn, dev, err := findDevice(device)
	if err != nil {
		return fail(err)
	}
	as := loadAs{typ: SchedCLS}
	if opts.Action {
		as.typ = SchedACT
	}
	p, err := m.networkProgram(d.hook(), device, function, as)
	if err != nil {
		conn.Close()
		return nil, err
	}
	c, err := attachTC(conn, dev, d, p, function, opts)
	if err != nil {
		return fail(err)
	}
	return m.keep(d.hook(), device, function, c)
}

// DetachTC detaches functions from one way through a network device: the given
// C function, or all of this module if function is "". If nothing is attached
// there, the error is a *NotAttachedError.
func (m *Module) DetachTC(device string, d TCDirection, function string) error {
	return m.detach(d.hook(), device, function, device)
}

// attachTC uses a link where the kernel has such and nothing asks for a filter.
// It takes over the connection.
func attachTC(conn *netdev.Conn, dev *netdev.Device, d TCDirection, p *ebpf.Program, function string, o TCOptions) (io.Closer, error) {
	if !o.filter() {
		l, err := attachTCX(dev, d, p, o.First)
		if !errors.Is(err, ebpf.ErrNotSupported) {
			conn.Close()
			return l, err
		}
	}
	c, err := addFilter(conn, dev, d, p, function, o)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func attachTCX(dev *netdev.Device, d TCDirection, p *ebpf.Program, first bool) (io.Closer, error) {
	o := link.TCXOptions{Interface: dev.Index, Program: p, Attach: ebpf.AttachTCXIngress}
	if d == Egress {
		o.Attach = ebpf.AttachTCXEgress
	}
	if first {
		o.Anchor = link.Head()
	}
	l, err := link.AttachTCX(o)
	if err != nil {
		return nil, explainTCX(d, dev, err)
	}
	return l, nil
}

func explainTCX(d TCDirection, dev *netdev.Device, err error) error {
	if errors.Is(err, unix.EEXIST) || errors.Is(err, unix.EBUSY) {
		return &BusyError{Hook: d.hook(), Target: dev.Name, Err: err, Fix: "another program has to stay the first; leave out TCOptions.First"}
	}
	if errors.Is(err, ebpf.ErrNotSupported) {
		return err
	}
	return refusedByKernel("make a link to "+d.String(), err)
}

// addFilter makes the function a filter of the device's qdisc clsact.
func addFilter(conn *netdev.Conn, dev *netdev.Device, d TCDirection, p *ebpf.Program, function string, o TCOptions) (io.Closer, error) {
	if o.First && !o.filter() {
		return nil, &UnsupportedError{Feature: "links to traffic control, and with them TCOptions.First,",
			Reason: "they came with Linux 6.6", Fix: "give a low TCOptions.Priority"}
	}
	if o.First {
		return nil, errors.New("filters of the qdisc clsact have an order by priority: give TCOptions.Priority in place of First")
	}
	place, err := placeOf(dev.Index)
	if err != nil {
		return nil, err
	}
	made, err := conn.AddClsact(dev.Index)
	if err != nil {
		return nil, explainClsact(err)
	}
	if made {
		madeQdiscs.Store(place, struct{}{})
	}
	mark, err := newTCMark(function, made)
	f := &tcFilter{conn: conn, index: dev.Index, parent: d.parent(), name: mark.String(), qdisc: place}
	if err == nil {
		err = conn.AddFilter(netdev.Filter{Index: dev.Index, Parent: f.parent, Priority: o.Priority, Handle: o.Handle,
			Name: f.name, FD: p.FD(), Direct: !o.Classify, Action: o.Action})
	}
	if err == nil {
		return f, nil
	}
	return nil, errors.Join(explainFilter(dev, d, o, err), f.removeQdisc())
}

func explainClsact(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, ebpf.ErrNotSupported) {
		return &UnsupportedError{Feature: "functions at tc ingress and egress", Err: err,
			Reason: "the kernel is older than 4.5 or built without CONFIG_NET_SCH_INGRESS", Fix: "use XDP (AttachXDP) or another kernel"}
	}
	return refusedByKernel("prepare the device", err)
}

func explainFilter(dev *netdev.Device, d TCDirection, o TCOptions, err error) error {
	switch {
	case errors.Is(err, unix.EEXIST):
		return &BusyError{Hook: d.hook(), Target: dev.Name, Err: err,
			Fix: fmt.Sprintf("there is a filter of priority %d and handle %d (tc filter show dev %s %s): give other ones",
				o.Priority, o.Handle, dev.Name, d)}
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP):
		e := &UnsupportedError{Feature: "tc filters that run programs", Err: err,
			Reason: "the kernel is built without CONFIG_NET_CLS_BPF", Fix: "use another kernel"}
		if o.Action {
			e.Feature, e.Reason = "tc actions that run programs", "the kernel is built without CONFIG_NET_ACT_BPF or CONFIG_NET_CLS_MATCHALL"
			e.Fix = "leave out TCOptions.Action: a filter's result can do the same"
		}
		return e
	}
	return refusedByKernel("add tc filter", err)
}
