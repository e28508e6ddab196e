package netdev

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// RouteHook is where a program runs on packets that take a route.
type RouteHook int

// The places. Local is that of IPv6 segments which end here (End.BPF).
const (
	RouteIn    RouteHook = nl.LWT_BPF_IN
	RouteOut   RouteHook = nl.LWT_BPF_OUT
	RouteXmit  RouteHook = nl.LWT_BPF_XMIT
	RouteLocal RouteHook = -1
)

// Route is a route whose packets go through a program.
type Route struct {
	Hook        RouteHook
	Destination *net.IPNet
	Gateway     net.IP // nil for none
	Device      int    // its index
	Table       int    // 0 for the main one
	Headroom    int    // bytes that the program may put before a packet
	FD          int    // of the program
	Name        string // of the program
}

// AddRoute makes a route, of which there must be none yet.
func (c *Conn) AddRoute(r *Route) error {
	route, err := r.netlink()
	if err != nil {
		return err
	}
	return c.route.RouteAdd(route)
}

// RemoveRoute removes a route that AddRoute has made.
func (c *Conn) RemoveRoute(r *Route) error {
	route, err := r.netlink()
	if err != nil {
		return err
	}
	return c.route.RouteDel(route)
}

func (r *Route) netlink() (*netlink.Route, error) {
	encap, err := r.encap()
	if err != nil {
		return nil, fmt.Errorf("describe the route's program: %w", err)
	}
	route := &netlink.Route{Dst: r.Destination, Gw: r.Gateway, LinkIndex: r.Device, Table: r.Table,
		Family: unix.AF_INET6, Encap: encap}
	if r.Destination.IP.To4() != nil {
		route.Family = unix.AF_INET
		if r.Gateway == nil {
			route.Scope = netlink.SCOPE_LINK
		}
	}
	return route, nil
}

func (r *Route) encap() (netlink.Encap, error) {
	if r.Hook == RouteLocal {
		e := &netlink.SEG6LocalEncap{Action: nl.SEG6_LOCAL_ACTION_END_BPF}
		e.Flags[nl.SEG6_LOCAL_ACTION], e.Flags[nl.SEG6_LOCAL_BPF] = true, true
		return e, e.SetProg(r.FD, r.Name)
	}
	e := new(netlink.BpfEncap)
	if r.Hook == RouteXmit {
		if err := e.SetXmitHeadroom(r.Headroom); err != nil {
			return nil, err
		}
	}
	return e, e.SetProg(int(r.Hook), r.FD, r.Name)
}
