// Package tcpbytes sees the bytes that processes send and receive by TCP.
package tcpbytes

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Names of the ways.
const (
	byFentry      = "the returns of the functions tcp_sendmsg and tcp_recvmsg, by BTF"
	byKprobes     = "the functions tcp_sendmsg and tcp_recvmsg"
	byTracepoints = "the tracepoints sock:sock_send_length and sock:sock_recv_length"
)

// Probes chooses how bytes are seen, and attaches.
type Probes struct {
	// OnlySent leaves out what is received.
	OnlySent bool

	ways      toolkit.Ways
	functions []function
}

// function is one of the kernel's, whose entry and return have programs of their
// own.
type function struct{ kernel, enter, leave string }

// Flags is --probes.
func (p *Probes) Flags() []cli.Flag { return p.ways.Flags() }

// Define chooses and adds what C needs to the defines of a compile. Functions come
// before tracepoints, which do not see what the kernel receives for itself, and are
// there since Linux 6.3. The programs read sockets, so the
// headers have to be the running kernel's.
func (p *Probes) Define(s *toolkit.Session, defines map[string]string) error {
	own, err := s.OwnHeaders("sockets cannot be looked into")
	if err != nil {
		return err
	}
	if !own {
		return errors.New("sockets cannot be looked into: the headers to compile with are another kernel's; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE")
	}
	way, err := p.ways.Choose(s, "bytes",
		toolkit.Way{Name: byFentry, Kind: "fentry", Refused: bccgo.SupportKfunc()},
		toolkit.Way{Name: byKprobes, Kind: "kprobe", Probes: []string{"kprobe:tcp_sendmsg", "kprobe:tcp_recvmsg"}},
		toolkit.Way{Name: byTracepoints, Kind: "tracepoint", Probes: []string{"tracepoint:sock:sock_send_length", "tracepoint:sock:sock_recv_length"}})
	if err != nil {
		return err
	}
	if p.OnlySent {
		defines["ONLY_SENT"] = ""
	}
	switch way.Name {
	case byFentry:
		defines["BYTES_BY_FENTRY"] = ""
		// What sendfile(2) used before Linux 6.5.
		if _, ok := bccgo.KSymName("tcp_sendpage"); ok {
			defines["HAS_SENDPAGE"] = ""
		}
	case byKprobes:
		defines["BYTES_BY_KPROBES"] = ""
		p.choose()
	}
	return nil
}

// choose lists the functions to attach to.
func (p *Probes) choose() {
	p.functions = []function{{"tcp_sendmsg", "enter_send", "leave_send"}}
	if _, err := bccgo.FirstProbe("kprobe:tcp_sendpage"); err == nil {
		p.functions = append(p.functions, function{"tcp_sendpage", "enter_send", "leave_send"})
	}
	if !p.OnlySent {
		p.functions = append(p.functions, function{"tcp_recvmsg", "enter_receive", "leave_receive"},
			function{"tcp_read_sock", "enter_read", "leave_read"})
	}
}

// Attach attaches to functions, to their returns first: a call seen only there is
// ignored. What is not a kprobe is attached when the program is loaded.
func (p *Probes) Attach(s *toolkit.Session, m *bccgo.Module) error {
	for _, f := range p.functions {
		if _, err := m.AttachKretprobe(f.kernel, f.leave, nil); err != nil {
			return err
		}
		if _, err := m.AttachKprobe(f.kernel, f.enter, nil); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}
