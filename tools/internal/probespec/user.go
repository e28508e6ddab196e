package probespec

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// file is a program or library: name and pid are what to attach to, path is
// where to read it.
type file struct {
	name, path string
	pid        int
}

// findFile finds the library or program of a text.
func (p *Places) findFile() error {
	name := p.spec.Library
	found, err := bccgo.FindLibrary(name, p.pid)
	p.file = file{name: name, path: found, pid: p.pid}
	if err == nil || strings.Contains(name, "/") {
		return err
	}
	if p.pid != 0 {
		running, err := toolkit.ProgramOf(p.pid)
		if err != nil {
			return err
		}
		if path.Base(running.Name) == name {
			p.file = file{name: running.Name, path: running.Path, pid: running.PID}
			return nil
		}
	}
	if p.file.path, _ = bccgo.FindExe(name); p.file.path == "" {
		return fmt.Errorf("%w, and no directory of PATH has a program of that name", err)
	}
	return nil
}

// findUser finds functions of a library or program.
func (p *Places) findUser() error {
	s := p.spec
	p.what = "functions"
	if err := p.findFile(); err != nil {
		return s.atLibrary(err)
	}
	if s.Address != 0 {
		p.add(s.place(), p.attachUser)
		return nil
	}
	if !s.IsPattern() {
		var missing *bccgo.SymbolError
		err := exists("uprobe:" + p.file.path + ":" + s.Name)
		if errors.As(err, &missing) && len(missing.Nearest) > 0 {
			return s.atName(err)
		}
		if err != nil {
			return s.atLibrary(err)
		}
		p.add(s.place(), p.attachUser)
		return nil
	}
	functions, err := bccgo.UserFunctions(p.file.path, s.expression(s.Name))
	if err != nil {
		return s.atLibrary(err)
	}
	all := share(functions)
	if s.Kind == Return {
		all = alone(all)
	}
	for _, one := range all {
		p.addShared(one)
	}
	return nil
}

func (p *Places) attachUser(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error) {
	symbol, o := p.spec.Name, &bccgo.UprobeOptions{PID: p.file.pid, Offset: p.spec.Offset}
	if p.spec.Address != 0 {
		symbol, o = "", &bccgo.UprobeOptions{PID: p.file.pid, Address: p.spec.Address}
	}
	if returns {
		return m.AttachUretprobe(p.file.name, symbol, function, o)
	}
	return m.AttachUprobe(p.file.name, symbol, function, o)
}

// shared are functions that one program is attached to.
type shared struct {
	names []string
	// at are the functions by their place in a page; nil for a single function
	// whose place is not known.
	at map[uint64]string
}

// share divides functions among as few programs as can tell them apart. Of the
// names of one place the plainest is taken: "read", not "__GI___libc_read".
func share(functions []bccgo.UserFunction) []shared {
	slices.SortStableFunc(functions, func(a, b bccgo.UserFunction) int {
		return cmp.Or(cmp.Compare(underscores(a.Name), underscores(b.Name)),
			cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	named := make(map[uint64]bool)
	inPage := make(map[string][]uint64)
	var names []string
	var all []shared
	for _, f := range functions {
		switch {
		case f.Indirect:
			all = append(all, shared{names: []string{f.Name}})
		case !named[f.Offset]:
			named[f.Offset] = true
			if inPage[f.Name] == nil {
				names = append(names, f.Name)
			}
			inPage[f.Name] = append(inPage[f.Name], f.Offset&(1<<pageBits-1))
		}
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(s shared) bool { return s.hasRoom(inPage[name]) })
		if i < 0 {
			i = len(all)
			all = append(all, shared{at: make(map[uint64]string)})
		}
		all[i].add(name, inPage[name])
	}
	return all
}

// alone gives each function a program of its own. When it returns, nothing else
// tells which it was.
func alone(all []shared) []shared {
	var list []shared
	for _, s := range all {
		for _, name := range s.names {
			list = append(list, shared{names: []string{name}})
		}
	}
	return list
}

// underscores counts those that a name begins with.
func underscores(name string) int { return len(name) - len(strings.TrimLeft(name, "_")) }

// hasRoom tells that no other function is at the same places of a page.
func (s *shared) hasRoom(inPage []uint64) bool {
	return s.at != nil && !slices.ContainsFunc(inPage, func(o uint64) bool { _, taken := s.at[o]; return taken })
}

func (s *shared) add(name string, inPage []uint64) {
	s.names = append(s.names, name)
	for _, o := range inPage {
		s.at[o] = name
	}
}

// addShared adds the program of some functions.
func (p *Places) addShared(one shared) {
	var quoted []string
	for _, name := range one.names {
		quoted = append(quoted, regexp.QuoteMeta(name))
	}
	re := strings.Join(quoted, "|")
	attach := func(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error) {
		o := &bccgo.UprobeOptions{PID: p.file.pid}
		if returns {
			return m.AttachUretprobeRe(p.file.name, re, function, o)
		}
		return m.AttachUprobeRe(p.file.name, re, function, o)
	}
	if one.at == nil {
		p.add(one.names[0], attach)
		return
	}
	number := uint64(len(p.programs)) << pageBits
	for inPage, name := range one.at {
		p.names[number|inPage] = name
	}
	p.programs = append(p.programs, program{fmt.Sprintf("%#xULL | (PT_REGS_IP(ctx) & %#x)", number, 1<<pageBits-1), "", nil, attach})
	p.count += len(one.names)
}
