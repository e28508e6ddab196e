package runtimes

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// Process is a process with the runtime that it runs and its probes.
type Process struct {
	PID     int
	Runtime *Runtime
	// USDT has the probes of all files that the process runs. Give it to Load.
	USDT *bccgo.USDT
}

// NoProbesError means that a process does not have the probes of a runtime.
type NoProbesError struct {
	PID     int
	Runtime *Runtime
	// Err tells more, if there is more.
	Err error
}

func (e *NoProbesError) Error() string {
	text := fmt.Sprintf("process %d has no probes of a runtime of %s: %s", e.PID, e.Runtime.Language, e.Runtime.Needs)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *NoProbesError) Unwrap() error { return e.Err }

// Find finds the runtime of a process: that of a language, or if this is "" of the
// language in the list whose probes the process has. Close its USDT when done.
func Find(pid int, language string, languages []string) (*Process, error) {
	usdt, err := bccgo.NewUSDT(bccgo.USDTOptions{PID: pid})
	if none := (*bccgo.NoProbesError)(nil); err != nil && !errors.As(err, &none) {
		return nil, err
	}
	var has []string
	if err == nil {
		for _, p := range usdt.Probes() {
			has = append(has, p.Provider)
		}
	}
	r, err := choose(pid, language, languages, has, bccgo.DetectLanguage)
	if err != nil {
		if usdt != nil {
			err = errors.Join(err, usdt.Close())
		}
		return nil, err
	}
	return &Process{PID: pid, Runtime: r, USDT: usdt}, nil
}

// choose is Find for a process that has probes of some providers.
func choose(pid int, language string, languages, has []string, detect func([]string, int) (string, error)) (*Runtime, error) {
	if language != "" {
		r := ByLanguage(language)
		if !slices.Contains(has, r.Providers[0]) {
			return nil, &NoProbesError{PID: pid, Runtime: r}
		}
		return r, nil
	}
	found := slices.DeleteFunc(slices.Clone(languages), func(l string) bool { return !slices.Contains(has, ByLanguage(l).Providers[0]) })
	if len(found) == 1 {
		return ByLanguage(found[0]), nil
	}
	named, err := detect(languages, pid)
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(found, named):
		return ByLanguage(named), nil
	case len(found) > 1:
		return nil, fmt.Errorf("process %d has the probes of several runtimes: choose one by --language: %s", pid, strings.Join(found, ", "))
	case named != "":
		return nil, &NoProbesError{PID: pid, Runtime: ByLanguage(named)}
	}
	return nil, &UnknownError{PID: pid, Languages: languages}
}

// Enable enables a probe. One that the process lacks is a *NoProbesError.
func (p *Process) Enable(probe, function string) error {
	err := p.USDT.EnableProbe(probe, function)
	if missing := (*bccgo.ProbeNotFoundError)(nil); errors.As(err, &missing) {
		return &NoProbesError{PID: p.PID, Runtime: p.Runtime, Err: fmt.Errorf("there is no %s", probe)}
	}
	return err
}

// UnknownError means that a process seems to run none of the runtimes that are
// looked for.
type UnknownError struct {
	PID       int
	Languages []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("process %d runs no runtime of %s, by its probes and the names of its files", e.PID, strings.Join(e.Languages, ", "))
}
