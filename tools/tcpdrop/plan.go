package main

import (
	"errors"
	"slices"
	"strconv"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// plan is how drops are traced.
type plan struct {
	defines map[string]string
	config  config
	reasons reasons
	// function tells that the kernel's tcp_drop is traced.
	function bool
	// remember are functions that have the socket of a packet, which the
	// tracepoint lacks.
	remember []string
}

const (
	byTracepoint = "the tracepoint skb:kfree_skb"
	byFunction   = "the function tcp_drop"
)

// errNoReasons is why kernels before Linux 5.17 need the function.
var errNoReasons = errors.New("it does not tell drops from other frees before Linux 5.17")

// prepare checks the flags and chooses the probes: a kernel may have both, of which
// each sees what the other does not.
func (o *options) prepare(s *toolkit.Session) (*plan, error) {
	if err := o.filter.Check(); err != nil {
		return nil, err
	}
	number, err := o.netns.Number()
	if err != nil {
		return nil, err
	}
	if own, err := s.OwnHeaders(errForeign.Error()); err != nil {
		return nil, err
	} else if !own {
		return nil, errForeign
	}
	p := &plan{defines: map[string]string{}, config: config{1, number}}
	o.filter.Define(p.defines)
	fields, err := kfreeFields()
	if err != nil {
		return nil, err
	}
	tracepoint := toolkit.Way{Name: byTracepoint, Kind: "tracepoint", Probes: []string{"tracepoint:skb:kfree_skb"}}
	if !fields["reason"] {
		tracepoint.Refused = errNoReasons
	}
	ways, err := o.ways.Possible(s, "drops", tracepoint,
		toolkit.Way{Name: byFunction, Kind: "kprobe", Probes: []string{"kprobe:tcp_drop"}})
	if err != nil {
		return nil, err
	}
	for _, way := range ways {
		s.Notef("drops: %s", way.Name)
	}
	p.function = slices.ContainsFunc(ways, func(w toolkit.Way) bool { return w.Name == byFunction })
	if ways[0].Name != byTracepoint {
		return p, nil
	}
	return p, p.useReasons(s, fields["rx_sk"])
}

// kfreeFields are the names of what the tracepoint has.
func kfreeFields() (map[string]bool, error) {
	fields, err := bccgo.TracepointFields("skb:kfree_skb")
	names := make(map[string]bool)
	for _, f := range fields {
		names[f.Name] = true
	}
	return names, err
}

// useReasons adds what the tracepoint needs.
func (p *plan) useReasons(s *toolkit.Session, hasSocket bool) (err error) {
	if p.reasons, err = readReasons("/"); err != nil {
		return err
	}
	none, err := p.reasons.number("NOT_SPECIFIED")
	if err != nil {
		return err
	}
	p.defines["NOT_SPECIFIED"] = strconv.FormatUint(uint64(none), 10)
	if hasSocket {
		p.defines["HAS_SOCKET"] = ""
		return nil
	}
	// Before Linux 6.11 the functions that drop have it, but they may be inlined.
	for _, functions := range [][]string{{"tcp_drop_reason"}, {"tcp_v4_do_rcv", "tcp_v6_do_rcv"}} {
		if _, err := bccgo.FirstProbe("kprobe:" + functions[0]); err != nil {
			s.Notef("states: not by %s: %v", functions[0], err)
			continue
		}
		p.defines["REMEMBER_SOCKETS"] = ""
		p.remember = functions
		return nil
	}
	s.Notef("states: only of sockets that the packet belongs to")
	return nil
}

// attach attaches to the functions; the tracepoint is attached by its name.
func (p *plan) attach(s *toolkit.Session, m *bccgo.Module) error {
	for _, function := range p.remember {
		if _, err := m.AttachKprobe(function, "remember_socket", nil); err != nil {
			// A kernel may be without IPv6.
			s.Notef("states: not by %s: %v", function, err)
		}
	}
	if p.function {
		if _, err := m.AttachKprobe("tcp_drop", "on_tcp_drop", nil); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}
