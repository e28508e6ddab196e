package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The traced functions. Those of a kind are looked for in one file.
var (
	allocators = []string{"malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "memalign", "aligned_alloc", "valloc", "pvalloc"}
	mappers    = []string{"mmap", "mremap", "munmap"}
)

// Functions that allocate once in each call and whose frames have no frame
// pointer, in C and in C++ (operator new).
const (
	hidingC   = "strdup|strndup|wcsdup|fopen"
	hidingCXX = "_Zn[wa]m(St11align_val_t)?(RKSt9nothrow_t)?"
)

// place is a file that has functions.
type place struct {
	// name and pid are what to attach to, path is where the file is read.
	name, path string
	pid        int
}

// places are where the process may have functions: in its program, whose come
// before those of libraries, and in the C library; or only in a file asked for.
func (o *options) places(pid int) ([]place, error) {
	if o.obj != "" {
		file, err := bccgo.FindLibrary(o.obj, pid)
		return []place{{o.obj, file, pid}}, err
	}
	p, err := toolkit.ProgramOf(pid)
	if err != nil {
		return nil, err
	}
	all := []place{{p.Name, p.Path, p.PID}}
	file, err := bccgo.FindLibrary("c", pid)
	if err == nil {
		all = append(all, place{"c", file, pid})
	}
	return all, nil
}

// find returns the first place with a function, and which of the names it has,
// by their addresses: one with two names is attached to once.
func (o *options) find(places []place, first string, names []string) (*place, map[string]bccgo.UserFunction) {
	for _, pl := range places {
		found, err := bccgo.UserFunctions(pl.path, o.prefix+"("+strings.Join(names, "|")+")")
		if err != nil {
			continue // a program without symbols has none of them
		}
		has, seen := map[string]bccgo.UserFunction{}, map[uint64]bool{}
		for _, f := range found {
			if name := strings.TrimPrefix(f.Name, o.prefix); !seen[f.Offset] {
				has[name], seen[f.Offset] = f, true
			}
		}
		if _, ok := has[first]; ok {
			return &pl, has
		}
	}
	return nil, nil
}

// attach probes all functions that there are. Nothing is followed before the
// program has its settings, so that the order does not matter.
func (o *options) attach(s *toolkit.Session, m *bccgo.Module, pid int) error {
	places, err := o.places(pid)
	if err != nil {
		return err
	}
	pl, has := o.find(places, "malloc", append([]string{"free"}, allocators...))
	if pl == nil {
		return o.noAllocator(places)
	}
	if _, ok := has["free"]; !ok {
		return fmt.Errorf("%s has %smalloc and no %sfree, so that everything would seem to leak", pl.path, o.prefix, o.prefix)
	}
	if err := pl.attach(s, m, has); err != nil {
		return err
	}
	if pl, has = o.find(places, "munmap", mappers); pl == nil {
		s.Notef("mmap, munmap: none found")
	} else if err := pl.attach(s, m, has); err != nil {
		return err
	}
	return o.attachOthers(s, m, pid)
}

func (o *options) noAllocator(places []place) error {
	var paths []string
	for _, pl := range places {
		paths = append(paths, pl.path)
	}
	return fmt.Errorf("no function %smalloc in %s: name the file that has it by --obj", o.prefix, strings.Join(paths, " or "))
}

// attach probes the entries and the returns, all returns at once where the kernel
// can: each probe costs time when it goes.
func (pl *place) attach(s *toolkit.Session, m *bccgo.Module, has map[string]bccgo.UserFunction) error {
	o := &bccgo.UprobeOptions{PID: pl.pid}
	var returning []string
	for _, name := range slices.Sorted(maps.Keys(has)) {
		link, err := m.AttachUprobeRe(pl.name, regexp.QuoteMeta(has[name].Name), entryOf(name), o)
		if err != nil {
			return err
		}
		s.Notef("%s: %v", name, link)
		if name != "free" {
			returning = append(returning, has[name].Name)
		}
	}
	_, err := m.AttachUretprobeRe(pl.name, strings.Join(returning, "|"), "leave", o)
	return err
}

// entryOf is the C function for the entry of a function.
func entryOf(name string) string {
	if name == "aligned_alloc" {
		name = "memalign"
	}
	return name + "_enter"
}

// isStatic tells whether a program has its C library in itself.
func isStatic(path string) bool {
	found, err := bccgo.UserFunctions(path, "_exit")
	return err == nil && len(found) > 0
}

// attachOthers probes functions that hide their callers, and the process's end.
func (o *options) attachOthers(s *toolkit.Session, m *bccgo.Module, pid int) error {
	c := place{name: "c", pid: pid}
	if p, err := toolkit.ProgramOf(pid); err == nil && isStatic(p.Path) {
		c = place{name: p.Name, path: p.Path, pid: p.PID}
	}
	hiding := []struct {
		place
		re string
	}{{c, hidingC}, {place{name: "stdc++", pid: pid}, hidingCXX}}
	for _, h := range hiding {
		link, err := m.AttachUprobeRe(h.name, h.re, "caller_enter", &bccgo.UprobeOptions{PID: h.pid})
		if err != nil {
			s.Notef("callers of %s are not known everywhere: %v", h.re, err)
			continue
		}
		s.Notef("callers: %v", link)
	}
	if o.command == "" {
		return nil
	}
	if _, err := m.AttachUprobe(c.name, "_exit", "exit_enter", &bccgo.UprobeOptions{PID: c.pid}); err != nil {
		s.Notef("the process is not stopped at its end, and what is not known by then is lost: %v", err)
	}
	return nil
}
