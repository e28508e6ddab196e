package bccgo

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/usdt"
)

// usdtPlan is how a program's functions read the arguments of the probes that
// they are enabled for.
type usdtPlan struct {
	// text is the C text with the readers, that goes in front of the program's.
	text    string
	forms   map[string]*usdt.Forms
	enabled map[*USDT][]enabledProbe
}

// sum identifies the readers, "" where there are none.
func (p *usdtPlan) sum() string {
	if p.text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(p.text))
	return hex.EncodeToString(sum[:])
}

// elfMachines are the machines by what uname -m prints.
var elfMachines = map[string]elf.Machine{"x86_64": elf.EM_X86_64, "aarch64": elf.EM_AARCH64}

// planUSDT makes the readers for a kernel: version is its LINUX_VERSION_CODE.
func planUSDT(list []*USDT, machine string, version uint32) (*usdtPlan, error) {
	p := &usdtPlan{forms: make(map[string]*usdt.Forms), enabled: make(map[*USDT][]enabledProbe)}
	locations := make(map[string][][]usdt.Argument)
	for _, u := range list {
		enabled, err := u.enabledNow()
		if err != nil {
			return nil, err
		}
		p.enabled[u] = enabled
		for _, e := range enabled {
			if e.place.file.Machine != elfMachines[machine] {
				return nil, &UnsupportedError{Feature: "USDT probes of " + e.place.file.Path,
					Reason: fmt.Sprintf("it is for %s, and the kernel for %s", e.place.file.Machine, machine), Fix: "trace it on a machine of its kind"}
			}
			for _, l := range e.place.probe.Locations {
				locations[e.function] = append(locations[e.function], l.Arguments)
			}
		}
	}
	for function, lists := range locations {
		p.forms[function] = usdt.NewForms(elfMachines[machine], userReader(version), lists)
	}
	p.text = usdt.Text(slices.Sorted(maps.Keys(p.forms)), p.forms)
	return p, nil
}

// userReader is the helper that reads a process's memory.
func userReader(version uint32) string {
	const v5_5 = 5<<16 | 5<<8
	if version < v5_5 {
		return "bpf_probe_read"
	}
	return "bpf_probe_read_user"
}

// before puts the readers in front of a text, whose lines keep their numbers.
func (p *usdtPlan) before(text string) string {
	if p.text == "" {
		return text
	}
	return "#line 1 \"readers of USDT arguments\"\n" + p.text + "#line 1 \"/virtual/main.c\"\n" + text
}

// usdtPlan is the plan for a target.
func (o *Options) usdtPlan(t *Target) (*usdtPlan, error) {
	if len(o.USDT) == 0 {
		return &usdtPlan{}, nil
	}
	version, err := t.versionCode()
	if err != nil {
		return nil, err
	}
	return planUSDT(o.USDT, t.Machine, version)
}

// usdtPlan is the plan for the kernel that the bundle is for, checked to be the
// one that it was compiled with.
func (b *Bundle) usdtPlan(o *Options) (*usdtPlan, error) {
	plan, err := o.ownUSDTPlan()
	if err != nil {
		return nil, err
	}
	return plan, plan.fits(b.data)
}

// ownUSDTPlan is the plan for the options' own target.
func (o *Options) ownUSDTPlan() (*usdtPlan, error) {
	if len(o.USDT) == 0 {
		return &usdtPlan{}, nil
	}
	target, err := o.target()
	if err != nil {
		return nil, err
	}
	return o.usdtPlan(target)
}

// fits checks a compiled program against the probes that it is loaded with.
func (p *usdtPlan) fits(b *bundle.Bundle) error {
	if len(p.forms) == 0 {
		return nil
	}
	if b.USDT != p.sum() {
		return &USDTMismatchError{}
	}
	for _, function := range slices.Sorted(maps.Keys(p.forms)) {
		if b.Function(function) == nil {
			return fmt.Errorf("enable USDT probes: %w", unknown("function", function, b.FunctionNames()))
		}
	}
	return nil
}

// Text returns the C functions by which the program reads the arguments of the
// probes that are enabled now, for the running kernel, as they are put in front
// of its text.
func (u *USDT) Text() (string, error) {
	target, err := HostTarget()
	if err != nil {
		return "", err
	}
	p, err := (&Options{USDT: []*USDT{u}}).usdtPlan(target)
	if err != nil {
		return "", err
	}
	return p.text, nil
}
