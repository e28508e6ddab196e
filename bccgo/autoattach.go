package bccgo

import (
	"fmt"
	"strings"
)

// prefixes are the beginnings of names that say where a function belongs.
var prefixes = []struct {
	prefix string
	typ    ProgType
	attach func(m *Module, target, function string) (*Link, error)
}{
	{"kprobe__", Kprobe, func(m *Module, target, fn string) (*Link, error) {
		return m.AttachKprobe(target, fn, nil)
	}},
	{"kretprobe__", Kprobe, func(m *Module, target, fn string) (*Link, error) {
		return m.AttachKretprobe(target, fn, nil)
	}},
	{"tracepoint__", Tracepoint, func(m *Module, target, fn string) (*Link, error) {
		category, event, _ := strings.Cut(target, "__")
		return m.AttachTracepoint(category+":"+event, fn)
	}},
	{"raw_tracepoint__", RawTracepoint, func(m *Module, target, fn string) (*Link, error) {
		return m.AttachRawTracepoint(target, fn)
	}},
	{"kfunc__", Tracing, func(m *Module, _, fn string) (*Link, error) {
		return m.AttachKfunc(fn)
	}},
	{"kretfunc__", Tracing, func(m *Module, _, fn string) (*Link, error) {
		return m.AttachKretfunc(fn)
	}},
	{"kmod_ret__", Tracing, func(m *Module, _, fn string) (*Link, error) {
		return m.AttachFmodRet(fn)
	}},
	{"lsm__", LSM, func(m *Module, _, fn string) (*Link, error) {
		return m.AttachLSM(fn)
	}},
	{"tp_btf__", Tracing, func(m *Module, _, fn string) (*Link, error) {
		return m.AttachTracepointBTF(fn)
	}},
	{"bpf_iter__", Tracing, nil}, // does nothing until it is read
}

// AutoAttach attaches every function whose name says where, as Load does unless
// Options.NoAutoAttach is set. Called later, it lets the program open buffers
// first, so that no event finds its buffer without a reader.
func (m *Module) AutoAttach() error {
	if err := m.usable(); err != nil {
		return fmt.Errorf("attach functions by name: %w", err)
	}
	for _, f := range m.bundle.Functions {
		for _, p := range prefixes {
			target, ok := strings.CutPrefix(f.Name, p.prefix)
			if !ok || p.attach == nil {
				continue
			}
			if _, err := p.attach(m, target, f.Name); err != nil {
				return err
			}
			break
		}
	}
	return nil
}
