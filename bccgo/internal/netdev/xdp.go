package netdev

import (
	"encoding/binary"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// NoProgram stands for no program where a descriptor is asked for.
const NoProgram = -1

// SetXDP sets a device's XDP program, by its descriptor, or takes off the one
// there is (NoProgram). flags are the kernel's XDP_FLAGS_…. With
// XDP_FLAGS_REPLACE the program there must be the one expected (Linux 5.7).
func (c *Conn) SetXDP(index, fd int, flags uint32, expected int) error {
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(index)
	xdp := nl.NewRtAttr(unix.IFLA_XDP|unix.NLA_F_NESTED, nil)
	xdp.AddRtAttr(unix.IFLA_XDP_FD, native32(uint32(fd)))
	xdp.AddRtAttr(unix.IFLA_XDP_FLAGS, native32(flags))
	if flags&unix.XDP_FLAGS_REPLACE != 0 {
		xdp.AddRtAttr(unix.IFLA_XDP_EXPECTED_FD, native32(uint32(expected)))
	}
	req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
	req.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: c.own}
	req.AddData(msg)
	req.AddData(xdp)
	_, err := req.Execute(unix.NETLINK_ROUTE, 0)
	return err
}

func native32(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }
