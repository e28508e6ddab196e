package bccgo

import "github.com/bccgo/bcc/bccgo/internal/elfsym"

// attachGo puts probes on one end of a Go function whose places were found: all of
// them, or none and an error.
func (m *Module) attachGo(u *userPlace, function string) (*Link, error) {
	places := u.returns
	if !u.hook.returns {
		places = []uint64{u.offset}
	}
	a := &uprobesAttach{userPlace: *u, offsets: map[string][]uint64{u.String(): places}}
	err := a.attach(m, function)
	if err == nil && len(a.refused) > 0 {
		err = a.refused[0].Err
	}
	if err != nil {
		return nil, &AttachError{Hook: u.hook.name, Target: u.String(), Function: function, Err: err}
	}
	return m.keepLink(&Link{hook: u.hook.name, target: u.String(), function: function, names: u.spellings(),
		probes: len(a.group.parts)}, &a.group)
}

// GoroutineIDOffset returns what bpf_go_goid(ctx, OFFSET) needs to read the number
// of the goroutine that runs: where the runtime of a Go program keeps it, which
// differs between versions of Go. name and pid are as for FindLibrary, or name is
// that of a program. It comes from the program's debug information; without, the
// error is a *GoCodeError. A program that is not found is a *FileError.
//
// The number is for showing. To tell goroutines apart while a call lasts,
// PT_GO_G(ctx) does without.
func GoroutineIDOffset(name string, pid int) (uint64, error) {
	path, err := findFile(name, pid)
	if err != nil {
		return 0, err
	}
	return elfsym.GoroutineID(path)
}
