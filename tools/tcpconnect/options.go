package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	timestamp, lport, printUID bool
	ipv4, ipv6, count, dns     bool
	pid                        uint
	ports, user                string
	containers                 toolkit.Containers
	ways                       toolkit.Ways
	portList                   []uint16
}

// Ways to trace connections.
const (
	byFunctions = "the functions tcp_v4_connect and tcp_v6_connect"
	byState     = "the tracepoint sock:inet_sock_set_state"
)

// start is what the flags make of the program.
type start struct {
	defines map[string]string
	config  config
	// functions tells that the program is attached to functions.
	functions bool
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*start, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	st := &start{config: config{On: 1, PID: uint32(o.pid)}}
	if o.ipv4 {
		st.config.Version = 4
	}
	if o.ipv6 {
		st.config.Version = 6
	}
	if len(o.portList) > 0 {
		st.config.ByPort = 1
	}
	if o.user != "" {
		uid, err := toolkit.UserID(o.user)
		if err != nil {
			return nil, err
		}
		st.config.ByUID, st.config.UID = 1, uid
	}
	return st, o.define(s, st)
}

// check finds the mistakes in the flags alone.
func (o *options) check() error {
	if o.ipv4 && o.ipv6 {
		return errors.New("--ipv4 and --ipv6: give one of them, or none for both")
	}
	if o.count && o.dns {
		return errors.New("--count and --dns: what is counted has no names")
	}
	var err error
	o.portList, err = parsePorts(o.ports)
	return err
}

func parsePorts(list string) ([]uint16, error) {
	if list == "" {
		return nil, nil
	}
	var ports []uint16
	for item := range strings.SplitSeq(list, ",") {
		port, err := strconv.ParseUint(strings.TrimSpace(item), 10, 16)
		if err != nil || port == 0 {
			return nil, fmt.Errorf("--port %q: want numbers from 1 to 65535 with commas between", list)
		}
		ports = append(ports, uint16(port))
	}
	return ports, nil
}

// define chooses the way to trace and adds the defines that select the C text.
func (o *options) define(s *toolkit.Session, st *start) error {
	own, err := s.OwnHeaders("sockets cannot be looked into")
	if err != nil {
		return err
	}
	var foreign error
	if !own {
		foreign = errors.New("the headers to compile with are another kernel's")
	}
	way, err := o.ways.Choose(s, "connections",
		toolkit.Way{Name: byFunctions, Kind: "kprobe", Probes: []string{"kprobe:tcp_v4_connect"}, Refused: foreign},
		toolkit.Way{Name: byState, Kind: "tracepoint", Probes: []string{"tracepoint:sock:inet_sock_set_state"}})
	if err != nil {
		return err
	}
	st.functions = way.Name == byFunctions
	st.defines = map[string]string{"MAX_PORTS": strconv.Itoa(max(1, len(o.portList)))}
	switch {
	case st.functions:
		st.defines["USE_KPROBES"] = ""
	case o.lport && !o.count:
		if err := awaitPort(s, st.defines); err != nil {
			return err
		}
	}
	if o.count {
		st.defines["COUNT"] = ""
	}
	if o.dns {
		st.defines["NAMES"] = ""
	}
	return o.containers.Define(st.defines, own)
}

// awaitPort adds what is known to follow the choice of a local port.
func awaitPort(s *toolkit.Session, defines map[string]string) error {
	defines["AWAIT_PORT"] = ""
	for event, define := range map[string]string{"tcp_receive_reset": "SEE_RESETS", "tcp_retransmit_skb": "SEE_RETRIES"} {
		switch ok, err := bccgo.TracepointExists("tcp", event); {
		case err != nil:
			return err
		case ok:
			defines[define] = ""
		}
	}
	s.Notef("a connection is shown at its first answer, or when there is none in time: before, its local port is not known")
	return nil
}

// attach attaches to the functions, to their returns first: a call seen only
// there is ignored. The tracepoint is attached by its function's name.
func (st *start) attach(s *toolkit.Session, m *bccgo.Module) error {
	if st.functions {
		if err := attachConnect(m, "tcp_v4_connect", "return_v4"); err != nil {
			return err
		}
		if err := attachConnect(m, "tcp_v6_connect", "return_v6"); err != nil {
			if st.config.Version == 6 {
				return err
			}
			s.Warnf("connections over IPv6 are not seen: %v", err)
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}

func attachConnect(m *bccgo.Module, function, atReturn string) error {
	if _, err := m.AttachKretprobe(function, atReturn, nil); err != nil {
		return err
	}
	_, err := m.AttachKprobe(function, "enter_connect", nil)
	return err
}

// setPorts hands over the ports of -P.
func (o *options) setPorts(m *bccgo.Module) error {
	ports, err := bccgo.Map[uint16, uint8](m, "ports")
	if err != nil {
		return err
	}
	for _, port := range o.portList {
		if err := ports.Update(port, 1); err != nil {
			return fmt.Errorf("hand over port %d: %w", port, err)
		}
	}
	return nil
}
