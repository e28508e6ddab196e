package bccgo

import "fmt"

// XDPAction is what an XDP function makes of a packet, enum xdp_action.
type XDPAction uint32

// The results of XDP functions. XDPAborted drops the packet as XDPDrop does, and
// tells of an error to who traces xdp:xdp_exception.
const (
	XDPAborted XDPAction = iota
	XDPDrop
	XDPPass
	XDPTX
	XDPRedirect
)

func (a XDPAction) String() string {
	names := []string{"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"}
	if int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("XDP action %d", uint32(a))
}
