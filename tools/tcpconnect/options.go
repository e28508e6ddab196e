package main

import (
	"errors"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	timestamp, lport, printUID bool
	count, dns                 bool
	pid                        uint
	user                       string
	filter                     inet.Filter
	containers                 toolkit.Containers
	ways                       toolkit.Ways
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
	if o.count && o.dns {
		return errors.New("--count and --dns: what is counted has no names")
	}
	if err := toolkit.CheckPID(o.pid); err != nil {
		return err
	}
	return o.filter.Check()
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
	st.defines = map[string]string{}
	o.filter.Define(st.defines)
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
func (o *options) attach(s *toolkit.Session, m *bccgo.Module, st *start) error {
	if st.functions {
		if err := attachConnect(m, "tcp_v4_connect"); err != nil {
			return err
		}
		if err := attachConnect(m, "tcp_v6_connect"); err != nil {
			if o.filter.Only6() {
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

func attachConnect(m *bccgo.Module, function string) error {
	if _, err := m.AttachKretprobe(function, "return_connect", nil); err != nil {
		return err
	}
	_, err := m.AttachKprobe(function, "enter_connect", nil)
	return err
}
