package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/netns"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	sequence, lossProbe, count bool

	filter inet.Filter
	netns  netns.Filter
	ways   toolkit.Ways
}

// Ways to trace what is sent again.
const (
	byTracepoint = "the tracepoint tcp:tcp_retransmit_skb"
	byFunction   = "the function tcp_retransmit_skb"
)

// Ways to trace loss probes, which have no tracepoint.
const (
	probesByKprobe = "the function tcp_send_loss_probe"
	probesByFentry = "the entry of the function tcp_send_loss_probe, by BTF"
)

// start is what the flags make of the program.
type start struct {
	defines map[string]string
	config  config
	// kprobes are the program's functions by the kernel's.
	kprobes map[string]string
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*start, error) {
	if err := o.filter.Check(); err != nil {
		return nil, err
	}
	number, err := o.netns.Number()
	if err != nil {
		return nil, err
	}
	st := &start{defines: map[string]string{}, config: config{1, number}, kprobes: map[string]string{}}
	own, err := s.OwnHeaders("packets and sockets cannot be looked into")
	if err != nil {
		return nil, err
	}
	var foreign error
	if own {
		st.defines["LOOK_INSIDE"] = ""
	} else {
		foreign = errors.New("the headers to compile with are another kernel's")
	}
	if foreign != nil && (o.sequence || number != 0) {
		return nil, fmt.Errorf("--sequence, --netns-id and --pid-netns: %w", foreign)
	}
	if err := o.retransmits(s, st, foreign); err != nil {
		return nil, err
	}
	if o.count {
		st.defines["COUNT"] = ""
	}
	o.filter.Define(st.defines)
	return st, o.lossProbes(s, st, foreign)
}

// retransmits chooses how packets that are sent again are traced.
func (o *options) retransmits(s *toolkit.Session, st *start, foreign error) error {
	way, err := o.ways.Choose(s, "packets",
		toolkit.Way{Name: byTracepoint, Kind: "tracepoint", Probes: []string{"tracepoint:tcp:tcp_retransmit_skb"}},
		toolkit.Way{Name: byFunction, Kind: "kprobe", Probes: []string{"kprobe:tcp_retransmit_skb"}, Refused: foreign})
	if err != nil {
		return err
	}
	if way.Name == byFunction {
		st.defines["USE_KPROBES"] = ""
		st.kprobes["tcp_retransmit_skb"] = "on_retransmit"
		return nil
	}
	// Since Linux 6.15 it tells of failures, too.
	fields, err := bccgo.TracepointFields("tcp:tcp_retransmit_skb")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(fields, func(f bccgo.TracepointField) bool { return f.Name == "err" }) {
		st.defines["HAS_RESULT"] = ""
	}
	return nil
}

// lossProbes chooses how they are traced, if they are wanted.
func (o *options) lossProbes(s *toolkit.Session, st *start, foreign error) error {
	if !o.lossProbe {
		return nil
	}
	way, err := o.ways.Choose(s, "loss probes",
		toolkit.Way{Name: probesByKprobe, Probes: []string{"kprobe:tcp_send_loss_probe"}, Refused: foreign},
		toolkit.Way{Name: probesByFentry, Refused: errors.Join(foreign, bccgo.SupportKfunc())})
	if err != nil {
		return fmt.Errorf("--lossprobe: %w", err)
	}
	if way.Name == probesByFentry {
		st.defines["LOSS_PROBES"] = "2"
		return nil
	}
	st.defines["LOSS_PROBES"] = "1"
	st.kprobes["tcp_send_loss_probe"] = "on_loss_probe"
	return nil
}

// attach attaches to the functions; the others are attached by their names.
func (st *start) attach(s *toolkit.Session, m *bccgo.Module) error {
	for kernel, own := range st.kprobes {
		if _, err := m.AttachKprobe(kernel, own, nil); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}
