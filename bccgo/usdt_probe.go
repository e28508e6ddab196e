package bccgo

import (
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/usdt"
)

// USDTProbe describes a static probe of one file.
type USDTProbe struct {
	Provider, Name string
	// Path is the file as the process has it.
	Path string
	// Semaphore is the address, before the file is loaded, of the counter that
	// tells the program whether somebody listens; 0 if the probe has none.
	Semaphore uint64
	Locations []USDTLocation
	// Arguments are what readers give: as many as the location with the most has,
	// each as wide as the widest.
	Arguments []USDTArgument
}

// String is "PROVIDER:NAME".
func (p USDTProbe) String() string { return p.Provider + ":" + p.Name }

// USDTLocation is one place of a probe.
type USDTLocation struct {
	// Address is the one before the file is loaded, as nm(1) prints addresses,
	// and Offset the same place in the file.
	Address, Offset uint64
	Arguments       []USDTArgument
	// Err says why nothing can be attached here; nil if it can.
	Err error
}

// USDTArgument is an argument of a probe.
type USDTArgument struct {
	// CType is "int32_t" or the like; empty if the argument cannot be read.
	CType string
	// Size is in bytes.
	Size   int
	Signed bool
	// Spec is the file's own text on where the argument is, and Place what that
	// means: a register, "$5" for a constant, "[bp-20]" for memory. Both are empty
	// in USDTProbe.Arguments.
	Spec, Place string
	// Err is a *ProbeArgumentError where the argument cannot be read.
	Err error
}

// Probes lists all probes, those of the file that was mapped first in front.
func (u *USDT) Probes() []USDTProbe {
	var list []USDTProbe
	for _, p := range u.places("") {
		list = append(list, p.describe())
	}
	return list
}

func (p usdtPlace) describe() USDTProbe {
	d := USDTProbe{Provider: p.probe.Provider, Name: p.probe.Name, Path: p.file.seenAs}
	for i := range p.probe.Locations {
		l := &p.probe.Locations[i]
		if d.Semaphore == 0 {
			d.Semaphore = l.Semaphore
		}
		one := USDTLocation{Address: l.Address, Offset: l.Offset, Err: l.Err}
		for j := range l.Arguments {
			one.Arguments = append(one.Arguments, describeArgument(p.file, &l.Arguments[j]))
		}
		d.Arguments = widen(d.Arguments, one.Arguments)
		d.Locations = append(d.Locations, one)
	}
	return d
}

func describeArgument(f *usdtFile, a *usdt.Argument) USDTArgument {
	if a.Err != nil {
		return USDTArgument{Spec: a.Spec, Err: a.Err}
	}
	return USDTArgument{CType: a.CType(), Size: int(a.Size), Signed: a.Signed, Spec: a.Spec, Place: a.Place(f.Machine)}
}

// widen makes a probe's arguments wide enough for those of one more location.
func widen(all, more []USDTArgument) []USDTArgument {
	for i, a := range more {
		a.Spec, a.Place = "", ""
		switch {
		case i == len(all):
			all = append(all, a)
		case a.Err == nil && (all[i].Err != nil || a.Size > all[i].Size):
			all[i] = a
		}
	}
	return all
}

// ProbeArgType is the C type of an argument of a probe, counted from 0 as in
// Python: the widest of its locations, as "int32_t". Errors are
// *ProbeNotFoundError, *AmbiguousProbeError, and *ProbeArgumentError for one that
// cannot be read.
func (u *USDT) ProbeArgType(probe string, index int) (string, error) {
	places, err := u.lookup(probe)
	if err != nil {
		return "", err
	}
	var all []USDTArgument
	for _, p := range places {
		all = widen(all, p.describe().Arguments)
	}
	if index < 0 || index >= len(all) {
		return "", fmt.Errorf("USDT probe %s has %d arguments, so number %d counted from 0 is none of them", probe, len(all), index)
	}
	return all[index].CType, all[index].Err
}

// USDTActive is a place that a function was enabled for.
type USDTActive struct {
	// Path is the file, Offset the place in it, Function the C function, and PID
	// the process, 0 for every one.
	Path     string
	Offset   uint64
	Function string
	PID      int
}

// Active lists the places of all enabled probes.
func (u *USDT) Active() []USDTActive {
	u.mu.Lock()
	enabled := slices.Clone(u.enabled)
	u.mu.Unlock()
	var list []USDTActive
	for _, e := range enabled {
		for _, l := range e.place.probe.Locations {
			list = append(list, USDTActive{e.place.file.Path, l.Offset, e.function, u.opts.attachPID()})
		}
	}
	return list
}
