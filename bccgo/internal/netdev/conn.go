// Package netdev finds network devices and sets programs on them by rtnetlink:
// XDP programs where the kernel has no links for these, and the filters of the
// clsact qdisc.
package netdev

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// Conn speaks with the network namespace of the thread that opened it, whatever
// thread uses it later.
type Conn struct {
	route *netlink.Handle
	// own is for the messages that netlink.Handle has no call for.
	own *nl.SocketHandle
}

// Open connects with the network namespace of this thread.
func Open() (*Conn, error) {
	route, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	own, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		route.Close()
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	return &Conn{route, &nl.SocketHandle{Socket: own}}, nil
}

// Close ends the connection.
func (c *Conn) Close() {
	c.route.Close()
	c.own.Close()
}

// Device is a network device.
type Device struct {
	Name  string
	Index int
	// XDP tells whether an XDP program runs there, and XDPProgram is its id, 0
	// where several do.
	XDP        bool
	XDPProgram uint32
}

// AbsentError means that there is no device of that name.
type AbsentError struct {
	// Device is the name, Nearest up to three names that come close.
	Device  string
	Nearest []string
}

func (e *AbsentError) Error() string {
	return fmt.Sprintf("find network device %s: there is none of that name in this network namespace%s",
		e.Device, nearest.Phrase(e.Nearest))
}

// Unwrap returns what the kernel says of a device that does not exist.
func (e *AbsentError) Unwrap() error { return unix.ENODEV }

// Find looks a device up by its name. If there is none, the error is an
// *AbsentError.
func (c *Conn) Find(name string) (*Device, error) {
	link, err := c.route.LinkByName(name)
	var absent netlink.LinkNotFoundError
	if name == "" || errors.As(err, &absent) || errors.Is(err, unix.ENODEV) {
		return nil, c.absent(name)
	}
	if err != nil {
		return nil, fmt.Errorf("find network device %s: %w", name, err)
	}
	a := link.Attrs()
	d := &Device{Name: a.Name, Index: a.Index}
	if a.Xdp != nil {
		d.XDP, d.XDPProgram = a.Xdp.Attached, a.Xdp.ProgId
	}
	return d, nil
}

func (c *Conn) absent(name string) error {
	e := &AbsentError{Device: name}
	links, err := c.route.LinkList()
	if err != nil {
		return e // there is no device, whatever the others are called
	}
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.Attrs().Name
	}
	e.Nearest = nearest.In(name, names, 3)
	return e
}
