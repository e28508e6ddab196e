package bccgo

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/netdev"
)

// RouteHook is where functions run on packets that take a route (lightweight
// tunnels, LWT).
type RouteHook netdev.RouteHook

// The places that AttachRoute knows. Functions of the first three take struct
// __sk_buff and return BPF_OK or BPF_DROP, or BPF_REDIRECT at RouteXmit.
const (
	// RouteIn: packets from the network for which the route was found.
	RouteIn = RouteHook(netdev.RouteIn)
	// RouteOut: packets of this host's, before they get their last headers.
	RouteOut = RouteHook(netdev.RouteOut)
	// RouteXmit: packets that leave; only here they may be changed and redirected.
	RouteXmit = RouteHook(netdev.RouteXmit)
	// RouteSegment: IPv6 packets with a routing header, one segment of which is the
	// route's destination (seg6local End.BPF, Linux 4.18).
	RouteSegment = RouteHook(netdev.RouteLocal)
)

// routeHooks are the kernel's names of the places, and what runs there.
var routeHooks = map[RouteHook]struct {
	name string
	typ  ProgType
}{
	RouteIn:      {"lwt_in", LWTIn},
	RouteOut:     {"lwt_out", LWTOut},
	RouteXmit:    {"lwt_xmit", LWTXmit},
	RouteSegment: {"lwt_seg6local", LWTSeg6Local},
}

func (h RouteHook) String() string {
	if known, ok := routeHooks[h]; ok {
		return known.name
	}
	return fmt.Sprintf("route hook %d", int(h))
}

// RouteOptions refine AttachRoute. nil means none.
type RouteOptions struct {
	// Gateway is the address of the next host, "" for destinations that the device
	// reaches itself.
	Gateway string
	// Table is the routing table; 0 means the main one.
	Table int
	// Headroom is how many bytes a function at RouteXmit may put before a packet
	// without the kernel moving it; at most 256.
	Headroom int
}

// AttachRoute makes a route to a destination (an address, or a network as
// 10.9.0.0/16) through a device of the calling thread's network namespace, and
// runs a function on each packet that takes it. The route goes with the link; a
// process that is killed leaves it (ip route del removes it).
//
// Errors are *AttachError around *UnknownDeviceError, *BusyError if there is a
// route to that destination, *UnsupportedError (such programs came with Linux
// 4.10, and need CONFIG_LWTUNNEL_BPF or CONFIG_IPV6_SEG6_BPF), or
// *PermissionError; or a *VerifierError.
func (m *Module) AttachRoute(h RouteHook, destination, device, function string, o *RouteOptions) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: h.String(), Target: destination, Function: function, Err: err}
	}
	if o == nil {
		o = new(RouteOptions)
	}
	r, err := o.route(h, destination, function)
	if err != nil {
		return fail(err)
	}
	conn, dev, err := findDevice(device)
	if err != nil {
		return fail(err)
	}
	r.Device = dev.Index
	p, err := m.networkProgram(h.String(), destination, function, loadAs{typ: routeHooks[h].typ})
	if err != nil {
		conn.Close()
		return nil, err
	}
	r.FD = p.FD()
	if err := conn.AddRoute(r); err != nil {
		conn.Close()
		return fail(explainRoute(h, destination, err))
	}
	return m.keep(h.String(), destination, function, &madeRoute{conn, r})
}

// DetachRoute removes the route that AttachRoute has made, or those of all of the
// module's functions there if function is "". If there is none, the error is a
// *NotAttachedError.
func (m *Module) DetachRoute(h RouteHook, destination, function string) error {
	return m.detach(h.String(), destination, function, destination)
}

// route is what is asked for, without the device and the program.
func (o *RouteOptions) route(h RouteHook, destination, function string) (*netdev.Route, error) {
	if _, ok := routeHooks[h]; !ok {
		return nil, fmt.Errorf("%v: give RouteIn, RouteOut, RouteXmit or RouteSegment", h)
	}
	to, err := network(destination)
	if err != nil {
		return nil, err
	}
	r := &netdev.Route{Hook: netdev.RouteHook(h), Destination: to, Table: o.Table, Headroom: o.Headroom, Name: function}
	switch {
	case h == RouteSegment && to.IP.To4() != nil:
		return nil, errors.New("segments are of IPv6: give a destination of that")
	case o.Headroom < 0 || o.Headroom > 256:
		return nil, fmt.Errorf("a headroom of %d bytes: it is 0 to 256", o.Headroom)
	case o.Headroom > 0 && h != RouteXmit:
		return nil, fmt.Errorf("%v gives no headroom: only RouteXmit does", h)
	case o.Gateway == "":
		return r, nil
	}
	if r.Gateway = net.ParseIP(o.Gateway); r.Gateway == nil || (r.Gateway.To4() == nil) != (to.IP.To4() == nil) {
		return nil, fmt.Errorf("gateway %q is no address of the destination's family", o.Gateway)
	}
	return r, nil
}

// network reads an address, or a network in CIDR form.
func network(text string) (*net.IPNet, error) {
	if ip := net.ParseIP(text); ip != nil {
		bits := 8 * net.IPv6len
		if four := ip.To4(); four != nil {
			ip, bits = four, 8*net.IPv4len
		}
		return &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)}, nil
	}
	_, to, err := net.ParseCIDR(text)
	if err != nil {
		return nil, fmt.Errorf("destination %q is neither an address nor a network as 10.9.0.0/16", text)
	}
	return to, nil
}

// madeRoute is a route that AttachRoute has made.
type madeRoute struct {
	conn  *netdev.Conn
	route *netdev.Route
}

// Close removes the route, unless it is gone, maybe with its device.
func (r *madeRoute) Close() error {
	defer r.conn.Close()
	if err := r.conn.RemoveRoute(r.route); err != nil && !gone(err) && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("remove route to %v: %w", r.route.Destination, err)
	}
	return nil
}

// explainRoute says why the kernel did not make a route.
func explainRoute(h RouteHook, destination string, err error) error {
	switch {
	case errors.Is(err, unix.EEXIST):
		return &BusyError{Hook: h.String(), Target: destination, Err: err,
			Fix: "there is a route to that already: remove it (ip route del), or use RouteOptions.Table"}
	case errors.Is(err, unix.EOPNOTSUPP):
		return &UnsupportedError{Feature: "functions at routes", Err: err,
			Reason: "the kernel is built without CONFIG_LWTUNNEL_BPF, or CONFIG_IPV6_SEG6_BPF for RouteSegment", Fix: "use another kernel"}
	case errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH):
		return fmt.Errorf("the gateway cannot be reached through the device, which has to be up: %w", err)
	}
	return refusedByKernel("make a route", err)
}
