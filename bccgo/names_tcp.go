package bccgo

import (
	"fmt"
	"strings"
)

// States of a TCP connection, from include/net/tcp_states.h: sk->sk_state, and
// what the tracepoint sock:inet_sock_set_state tells.
const (
	TCPEstablished = iota + 1
	TCPSynSent
	TCPSynRecv
	TCPFinWait1
	TCPFinWait2
	TCPTimeWait
	TCPClose
	TCPCloseWait
	TCPLastAck
	TCPListen
	TCPClosing
	TCPNewSynRecv
	TCPBoundInactive // since Linux 6.8; never stored in a socket
)

var tcpStates = [...]string{
	TCPEstablished: "ESTABLISHED", TCPSynSent: "SYN_SENT", TCPSynRecv: "SYN_RECV", TCPFinWait1: "FIN_WAIT1",
	TCPFinWait2: "FIN_WAIT2", TCPTimeWait: "TIME_WAIT", TCPClose: "CLOSE", TCPCloseWait: "CLOSE_WAIT",
	TCPLastAck: "LAST_ACK", TCPListen: "LISTEN", TCPClosing: "CLOSING", TCPNewSynRecv: "NEW_SYN_RECV",
	TCPBoundInactive: "BOUND_INACTIVE",
}

// TCPStateName returns the kernel's name of a state of a TCP connection:
// "ESTABLISHED" for TCPEstablished. Any other number gives "[unknown: N]".
func TCPStateName(state int) string {
	if state < TCPEstablished || state >= len(tcpStates) {
		return fmt.Sprintf("[unknown: %d]", state)
	}
	return tcpStates[state]
}

// Flags of a TCP header, from RFC 9293: byte 13 of it, and the kernel's tcp_flags
// (TCPHDR_…, include/net/tcp.h).
const (
	TCPFlagFIN uint8 = 1 << iota
	TCPFlagSYN
	TCPFlagRST
	TCPFlagPSH
	TCPFlagACK
	TCPFlagURG
	TCPFlagECE
	TCPFlagCWR
)

var tcpFlags = [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}

// TCPFlagNames returns the names of the flags of a TCP header, from the lowest
// bit on: "SYN|ACK". No flags give "".
func TCPFlagNames(flags uint8) string {
	var set []string
	for bit, name := range tcpFlags {
		if flags>>bit&1 != 0 {
			set = append(set, name)
		}
	}
	return strings.Join(set, "|")
}
