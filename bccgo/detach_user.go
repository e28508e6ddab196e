package bccgo

import (
	"errors"
	"fmt"
)

// DetachUprobe detaches all functions from the entry of a function of a program
// or library. The place is spelt as for AttachUprobe, or in another way that
// leads to the same one: by address in place of a symbol, for instance. The PID
// must be the same. symbol may be the regular expression given to
// AttachUprobeRe, which then is detached as a whole, or one of the functions
// that it matched; the others stay attached, as with DetachKprobe. If nothing
// is attached there, the error is a *NotAttachedError.
func (m *Module) DetachUprobe(name, symbol string, o *UprobeOptions) error {
	return m.detachUprobe(newUserPlace(uprobeHook, name, symbol, o))
}

// DetachUretprobe is DetachUprobe of return probes.
func (m *Module) DetachUretprobe(name, symbol string, o *UprobeOptions) error {
	return m.detachUprobe(newUserPlace(uretprobeHook, name, symbol, o))
}

// detachUprobe goes by the text first: the file may have gone meanwhile.
func (m *Module) detachUprobe(u *userPlace) error {
	if err := u.check(); err != nil {
		return fmt.Errorf("detach %s %s: %w", u.hook.name, u, err)
	}
	path, err := findFile(u.name, u.opts.PID)
	if err != nil {
		path = u.name
	}
	missing := m.detach(u.hook.name, u.String(), "", u.in(path))
	var none *NotAttachedError
	if !errors.As(missing, &none) || u.find() != nil {
		return missing
	}
	spellings := u.spellings()
	if err := m.detach(u.hook.name, u.String(), "", spellings[len(spellings)-1]); !errors.As(err, &none) {
		return err
	}
	return missing
}
