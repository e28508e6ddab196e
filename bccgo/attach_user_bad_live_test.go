package bccgo

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestLiveUprobeBad(t *testing.T) {
	testenv.Live(t)
	c := startCalculator(t)
	m := loadLive(t, callText, nil)
	ended := endedPID(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	type attach func(name, symbol, function string, o *UprobeOptions) (*Link, error)
	for _, b := range []struct {
		attach       attach
		name, symbol string
		o            UprobeOptions
		want         string
		reason       AttachReason
	}{
		{m.AttachUprobe, "", "f", UprobeOptions{}, "the name is empty", ReasonAbsent},
		{m.AttachUprobe, c.path, "", UprobeOptions{}, "neither a symbol nor an address", ReasonOther},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{Address: 1}, "several places", ReasonOther},
		{m.AttachUprobe, c.path, "", UprobeOptions{Address: 1, FileOffset: 1}, "several places", ReasonOther},
		{m.AttachUprobe, c.path, "", UprobeOptions{Address: 1 << 60}, "not in the file's code", ReasonMisplaced},
		{m.AttachUprobe, c.path, "", UprobeOptions{FileOffset: 1}, "not in the file's code", ReasonMisplaced},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{Offset: 1 << 20}, "bytes long", ReasonMisplaced},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{PID: -4}, "negative", ReasonOther},
		{m.AttachUprobe, c.path, "calc_add", UprobeOptions{PID: ended}, "process", ReasonNoProcess},
		{m.AttachUprobe, "c", "malloc", UprobeOptions{PID: ended}, "no such process", ReasonNoProcess},
		{m.AttachUprobe, c.path, "calc_ad", UprobeOptions{}, "calc_add", ReasonAbsent},
		{m.AttachUprobe, "/etc/passwd", "f", UprobeOptions{}, "no ELF file", ReasonOther},
		{m.AttachUprobe, "/etc", "f", UprobeOptions{}, "not a regular file", ReasonOther},
		{m.AttachUretprobe, c.path, "calc_add", UprobeOptions{Offset: 4}, "no Offset", ReasonOther},
		{m.AttachUretprobe, c.path, "", UprobeOptions{Address: addressBy(t, c.path, "calc_mul") + 2}, "into it", ReasonMisplaced},
		{m.AttachUretprobe, self, "main.main", UprobeOptions{}, "Go program", ReasonGoReturn},
		{m.AttachUprobeRe, "", ".*", UprobeOptions{}, "the name is empty", ReasonAbsent},
		{m.AttachUprobeRe, c.path, "", UprobeOptions{}, "empty", ReasonOther},
		{m.AttachUprobeRe, c.path, "calc_(", UprobeOptions{}, "missing closing )", ReasonOther},
		{m.AttachUprobeRe, c.path, "calc", UprobeOptions{}, "the whole name must match", ReasonAbsent},
		{m.AttachUprobeRe, c.path, "calc_.*", UprobeOptions{Offset: 1}, "neither Offset", ReasonOther},
		{m.AttachUprobeRe, c.path, "calc_.*", UprobeOptions{PID: -4}, "negative", ReasonOther},
		{m.AttachUprobeRe, c.path, "calc_.*", UprobeOptions{PID: ended}, "process", ReasonNoProcess},
		{m.AttachUretprobeRe, self, "main.*", UprobeOptions{}, "Go program", ReasonGoReturn},
	} {
		_, err := b.attach(b.name, b.symbol, "on_call", &b.o)
		var failed *AttachError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), b.want) {
			t.Errorf("%s:%s %+v: %v, want %q", b.name, b.symbol, b.o, err, b.want)
		}
		wantReason(t, b.name+" "+b.symbol, err, b.reason)
	}
	if n := len(m.Links()); n != 0 {
		t.Errorf("%d links after failures", n)
	}
	var unknown *UnknownError
	for _, a := range []attach{m.AttachUprobe, m.AttachUprobeRe} {
		if _, err := a(c.path, "calc_add", "on_cal", nil); !errors.As(err, &unknown) {
			t.Errorf("unknown function: %v", err)
		}
	}
	badDetach(t, m, c)
}

func badDetach(t *testing.T, m *Module, c *chain) {
	t.Helper()
	if err := m.DetachUprobe(c.path, "", nil); err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("detach from nothing: %v", err)
	}
	var gone *NotAttachedError
	if err := m.DetachUprobe("/no/such/file", "f", nil); !errors.As(err, &gone) {
		t.Errorf("detach from no file: %v", err)
	}
	var none *Module
	for _, err := range []error{
		none.DetachUprobe("c", "malloc", nil), none.DetachUretprobe("c", "malloc", nil),
		second(none.AttachUprobe("c", "malloc", "f", nil)), second(none.AttachUprobeRe("c", "malloc", "f", nil)),
	} {
		if !errors.Is(err, errNoModule) {
			t.Errorf("nil module: %v", err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	o := &UprobeOptions{PID: c.pid}
	for _, err := range []error{
		m.DetachUprobe(c.path, "calc_add", o),
		second(m.AttachUprobe(c.path, "calc_add", "on_call", o)), second(m.AttachUprobeRe(c.path, "calc_.*", "on_call", o)),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("closed module: %v", err)
		}
	}
}

func second(_ *Link, err error) error { return err }
