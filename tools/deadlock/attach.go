package main

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// place is a file with the functions: name and pid are what to attach to, path is
// where it is read.
type place struct {
	name, path string
	pid        int
}

// place finds the file that has a function: the one that was asked for, else the
// process's program, its C library, or its library of threads, which was another
// one before glibc 2.34.
func (o *options) place(function string) (place, error) {
	if o.binary != "" {
		path, err := bccgo.FindLibrary(o.binary, o.pid)
		return place{o.binary, path, o.pid}, err
	}
	p, err := toolkit.ProgramOf(o.pid)
	if err != nil {
		return place{}, err
	}
	candidates := []place{{p.Name, p.Path, p.PID}}
	for _, library := range []string{"pthread", "c"} {
		if path, err := bccgo.FindLibrary(library, o.pid); err == nil {
			candidates = append(candidates, place{library, path, o.pid})
		}
	}
	var looked []string
	for _, c := range candidates {
		if c.has(function) {
			return c, nil
		}
		looked = append(looked, c.path)
	}
	return place{}, fmt.Errorf("no function %s in %s: name the file that has it by --binary", function, strings.Join(looked, ", "))
}

func (pl place) has(function string) bool {
	found, err := bccgo.UserFunctions(pl.path, function)
	return err == nil && len(found) > 0
}

// attach probes the functions, those that release first: a mutex that was taken
// before the program is turned on is not known as held.
func (o *options) attach(s *toolkit.Session, m *bccgo.Module) error {
	for _, list := range []struct{ names, function string }{{o.unlocks, "unlock_enter"}, {o.locks, "lock_enter"}} {
		for name := range strings.SplitSeq(list.names, ",") {
			pl, err := o.place(strings.TrimSpace(name))
			if err != nil {
				return err
			}
			if err := pl.attach(s, m, strings.TrimSpace(name), list.function); err != nil {
				return err
			}
		}
	}
	for name, function := range map[string]string{
		"pthread_mutex_init": "renew_enter", "pthread_mutex_destroy": "renew_enter", "pthread_create": "create_enter",
	} {
		pl, err := (&options{pid: o.pid}).place(name)
		if err == nil {
			err = pl.attach(s, m, name, function)
		}
		if err != nil {
			s.Notef("%s is not followed: %v", name, err)
		}
	}
	return nil
}

func (pl place) attach(s *toolkit.Session, m *bccgo.Module, name, function string) error {
	link, err := m.AttachUprobe(pl.name, name, function, &bccgo.UprobeOptions{PID: pl.pid})
	if err == nil {
		s.Notef("%s: %v", name, link)
	}
	return err
}
