package main

import (
	"fmt"
	"io"
	"strings"
)

// The ends a test or package can come to, as test2json names them. A test that
// has begun and not ended has the empty state.
const (
	passed  = "pass"
	failed  = "fail"
	skipped = "skip"
)

// stage is what one file of events tells.
type stage struct {
	name     string
	packages map[string]*pkg
	builds   map[string]string // compiler output by import path
	damage   []string          // lines that are no events
}

// pkg is one package's run. Its output is what belongs to no test.
type pkg struct {
	test
	tests       map[string]*test
	failedBuild string
}

type test struct {
	state   string
	elapsed float64
	output  strings.Builder
	attrs   map[string]string
}

func newStage(name string) *stage {
	return &stage{name: name, packages: make(map[string]*pkg), builds: make(map[string]string)}
}

// read adds all events of a file. Lines that are none are remembered: they
// mean that results are missing.
func (s *stage) read(r io.Reader) error {
	return eachLine(r, func(number int, line []byte) error {
		ev, err := parseEvent(line)
		if err != nil {
			s.damage = append(s.damage, fmt.Sprintf("line %d: %v: %.200q", number, err, line))
			return nil
		}
		s.add(ev)
		return nil
	})
}

func (s *stage) add(ev event) {
	if ev.Action == "build-output" {
		s.builds[ev.ImportPath] += ev.Output
	}
	if ev.Package == "" {
		return
	}
	p := s.packages[ev.Package]
	if p == nil {
		p = &pkg{tests: make(map[string]*test)}
		s.packages[ev.Package] = p
	}
	if ev.FailedBuild != "" {
		p.failedBuild = ev.FailedBuild
	}
	p.of(ev.Test).add(ev)
}

// of returns the record of a test, or that of the package for no name.
func (p *pkg) of(name string) *test {
	if name == "" {
		return &p.test
	}
	t := p.tests[name]
	if t == nil {
		t = new(test)
		p.tests[name] = t
	}
	return t
}

func (t *test) add(ev event) {
	switch ev.Action {
	case "output":
		t.output.WriteString(ev.Output)
	case "attr":
		if t.attrs == nil {
			t.attrs = make(map[string]string)
		}
		t.attrs[ev.Key] = ev.Value
	case passed, failed, skipped:
		t.state, t.elapsed = ev.Action, ev.Elapsed
	}
}

// failures tells whether a test at or below a name failed. A test that did not
// end failed.
func (p *pkg) failures(below string) bool {
	for name, t := range p.tests {
		if t.failed() && strings.HasPrefix(name, below) {
			return true
		}
	}
	return false
}

func (t *test) failed() bool { return t.state == failed || t.state == "" }
