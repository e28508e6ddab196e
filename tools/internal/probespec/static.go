package probespec

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// findStatic finds static probes, and says which function runs at each. They are
// called by their names alone, unless several providers have one of a name.
func (p *Places) findStatic() error {
	s := p.spec
	p.what = "static probes"
	p.file.path = s.Library
	if s.Library == "" && p.pid == 0 {
		return s.fault(1, 3, errors.New("there is no library, and no process is named whose probes could be meant"))
	}
	u, err := bccgo.NewUSDT(bccgo.USDTOptions{PID: p.pid, Path: s.Library})
	if err != nil {
		return s.atLibrary(err)
	}
	p.usdt = u
	found := s.staticProbes(u)
	if len(found.names) == 0 && !s.IsPattern() {
		found.names = []string{strings.TrimPrefix(s.Group+":"+s.Name, ":")} // EnableProbe says what comes near
	}
	for i, name := range found.names {
		if err := u.EnableProbe(name, p.function("enter", i)); err != nil {
			return s.atName(err)
		}
		provider, probe, _ := strings.Cut(name, ":")
		if s.Group != "" || found.short[probe] > 1 {
			probe = provider + ":" + probe
		}
		p.add(probe, nil)
		p.programs[i].args = found.args[name]
	}
	return nil
}

// staticProbes are probes by their names with the provider.
type staticProbes struct {
	names []string
	// short counts providers that have a probe of a name.
	short map[string]int
	// args are the C types of arguments, of all files that have the probe.
	args map[string][]string
}

// staticProbes finds which are meant.
func (s *Spec) staticProbes(u *bccgo.USDT) staticProbes {
	found := staticProbes{short: make(map[string]int), args: make(map[string][]string)}
	wanted := s.staticMatcher()
	for _, probe := range u.Probes() {
		name := probe.String()
		if !wanted(probe) {
			continue
		}
		if !slices.Contains(found.names, name) {
			found.names = append(found.names, name)
			found.short[probe.Name]++
		}
		known := found.args[name]
		for _, a := range probe.Arguments[min(len(probe.Arguments), len(known)):] {
			known = append(known, a.CType)
		}
		found.args[name] = known
	}
	return found
}

// staticMatcher tells which static probes are meant.
func (s *Spec) staticMatcher() func(bccgo.USDTProbe) bool {
	whole := func(pattern string) *regexp.Regexp {
		return regexp.MustCompile("^(?:" + s.expression(pattern) + ")$")
	}
	name, group := whole(s.Name), whole(s.Group)
	return func(p bccgo.USDTProbe) bool {
		return name.MatchString(p.Name) && (s.Group == "" || group.MatchString(p.Provider))
	}
}
