package blockio

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Attach attaches the program, to ends before starts: an end without a start is
// ignored. What belongs to tracepoints with formats is attached already. Then it
// hands over the settings, with which the tracing begins.
func (p *Plan) Attach(s *toolkit.Session, m *bccgo.Module) error {
	if p.ByRequest() {
		if err := p.attachRequests(s, m); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	p.Config.On = 1
	return toolkit.Configure(m, p.Config)
}

func (p *Plan) attachRequests(s *toolkit.Session, m *bccgo.Module) error {
	if _, err := attachFirst(s, m, "ends of requests", p.ends); err != nil {
		return err
	}
	start, err := attachFirst(s, m, "starts of requests", p.starts)
	if err != nil {
		return err
	}
	if start == queueField.Name {
		p.Config.OwnStart = 1
	}
	if start == issueFunction.Name {
		if err := attachIfThere(m, issueOldFunction); err != nil {
			return err
		}
	}
	for _, probe := range p.owner.Probes {
		if err := attachAny(m, probe, ownFunctions[probe]); err != nil {
			return fmt.Errorf("who makes requests: %w", err)
		}
	}
	return nil
}

// attachFirst attaches to the first way where that can be done, and returns its
// name.
func attachFirst(s *toolkit.Session, m *bccgo.Module, what string, ways []toolkit.Way) (string, error) {
	var refused []error
	for _, way := range ways {
		err := attachTo(m, way)
		if err == nil {
			s.Notef("%s: %s", what, way.Name)
			return way.Name, nil
		}
		s.Notef("%s: not %s: %v", what, way.Name, err)
		refused = append(refused, err)
	}
	return "", fmt.Errorf("%s: %w", what, errors.Join(refused...))
}

func attachTo(m *bccgo.Module, way toolkit.Way) error {
	if len(way.Probes) == 0 {
		return nil
	}
	return attachAny(m, way.Name, functions[way.Name])
}

// attachAny attaches the first of the functions that does not read more arguments
// than the place has.
func attachAny(m *bccgo.Module, probe string, functions []string) (err error) {
	for _, function := range functions {
		if _, err = m.Attach(probe, function); !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	return err
}

// attachIfThere attaches to a function that only some kernels have.
func attachIfThere(m *bccgo.Module, probe string) error {
	if _, err := bccgo.FirstProbe(probe); err != nil {
		return nil
	}
	return attachAny(m, probe, functions[probe])
}
