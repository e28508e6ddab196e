package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// plan is what is loaded: for the C library, and for a runtime if there is one.
type plan struct {
	pid      int
	language string
	text     string
	defines  map[string]string
	process  *runtimes.Process // nil without runtime
	// library has the C library's own probe, or else create is where
	// pthread_create is.
	library *bccgo.USDT
	create  runtimes.Place
}

func (o *options) prepare(s *toolkit.Session) (p *plan, err error) {
	p = &plan{language: cOnly, defines: make(map[string]string)}
	if err := o.choice.Check(); err != nil {
		return nil, err
	}
	if p.pid, err = runtimes.PIDArg(s.Args); err != nil {
		return nil, err
	}
	p.text = toolkit.MissedC + runtimes.TextC + runtimes.ThreadC + program
	if err := errors.Join(p.addRuntime(o.choice.Language), p.addPthreads(s)); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// addRuntime adds the probes of a runtime, if there is to be one.
func (p *plan) addRuntime(language string) error {
	if language == cOnly || language == none {
		return nil
	}
	process, err := runtimes.Find(p.pid, language, threading())
	if unknown := (*runtimes.UnknownError)(nil); errors.As(err, &unknown) {
		return nil
	}
	if err != nil {
		return err
	}
	p.process, p.language = process, process.Runtime.Language
	for i, t := range process.Runtime.Threads {
		function := fmt.Sprintf("on_thread_%d", i)
		p.text += t.Handler(function, "tell", map[string]string{"start": "START", "stop": "STOP"}[t.Event])
		if err := process.Enable(t.Probe, function); err != nil {
			return err
		}
	}
	return nil
}

// addPthreads adds the C library: by its probe, which glibc has where it was
// configured with --enable-systemtap, or else by pthread_create. A process of a
// runtime may do without.
func (p *plan) addPthreads(s *toolkit.Session) error {
	found, err := p.addProbe()
	if found || err != nil {
		return err
	}
	p.create, err = runtimes.FindFunction(p.pid, "pthread_create", "c", "pthread")
	var missing *runtimes.FunctionError
	switch {
	case err == nil:
		p.defines["PTHREAD_CREATE"] = ""
	case errors.As(err, &missing) && p.process != nil:
		s.Notef("%v", err)
		return nil
	}
	return err
}

// addProbe adds the C library's probe if it has one.
func (p *plan) addProbe() (bool, error) {
	u, err := bccgo.NewUSDT(bccgo.USDTOptions{PID: p.pid})
	if none := (*bccgo.NoProbesError)(nil); errors.As(err, &none) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	probes := u.Probes()
	i := slices.IndexFunc(probes, func(probe bccgo.USDTProbe) bool {
		return probe.Name == "pthread_start" && (probe.Provider == "libc" || probe.Provider == "libpthread")
	})
	if i < 0 {
		return false, u.Close()
	}
	p.library, p.text = u, p.text+pthreadStart
	return true, u.EnableProbe(probes[i].String(), "on_pthread_start")
}

func (p *plan) usdts() (list []*bccgo.USDT) {
	if p.process != nil {
		list = append(list, p.process.USDT)
	}
	if p.library != nil {
		list = append(list, p.library)
	}
	return list
}

// attach probes pthread_create, if the C library has no probe.
func (p *plan) attach(s *toolkit.Session, m *bccgo.Module) error {
	if p.create.Name == "" {
		return nil
	}
	o := &bccgo.UprobeOptions{PID: p.create.PID}
	for _, attach := range []func() (*bccgo.Link, error){
		func() (*bccgo.Link, error) {
			return m.AttachUprobe(p.create.Name, "pthread_create", "enter_pthread_create", o)
		},
		func() (*bccgo.Link, error) {
			return m.AttachUretprobe(p.create.Name, "pthread_create", "return_pthread_create", o)
		},
	} {
		link, err := attach()
		if err != nil {
			return err
		}
		s.Notef("%v", link)
	}
	return nil
}

func (p *plan) close() error {
	var errs []error
	for _, u := range p.usdts() {
		errs = append(errs, u.Close())
	}
	return errors.Join(errs...)
}
