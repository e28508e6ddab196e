package bccgo

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// staticPlace is a static probe that a probe text names.
type staticPlace struct{ path, probe string }

// find returns why it cannot be attached to, nil if it can.
func (s staticPlace) find() error {
	_, err := s.place()
	return err
}

func (s staticPlace) place() (usdtPlace, error) {
	if err := probe.Running().UprobesSupported(); err != nil {
		return usdtPlace{}, err
	}
	u, err := NewUSDT(USDTOptions{Path: s.path})
	if err != nil {
		return usdtPlace{}, err
	}
	places, err := u.lookup(s.probe)
	if err != nil {
		return usdtPlace{}, err
	}
	return places[0], nil // of the one file there is
}

// attachStatic attaches a function that reads no arguments: its readers would be
// those for other places.
func (m *Module) attachStatic(s staticPlace, function string) (*Link, error) {
	if err := m.usable(); err != nil {
		return nil, fmt.Errorf("attach USDT probe %s:%s: %w", s.path, s.probe, err)
	}
	place, err := s.place()
	if err == nil && m.usdt.forms[function] != nil {
		err = fmt.Errorf("%s reads the arguments of the probes that it was loaded for: enable this one in Options.USDT, too", function)
	}
	if err != nil {
		return nil, &AttachError{Hook: "usdt", Target: s.path + ":" + s.probe, Function: function, Err: err}
	}
	return m.attachProbe(&usdtAttach{module: m, enabledProbe: enabledProbe{place, function}, plain: true})
}
