package bccgo

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

const saleText = `int on_sale(struct pt_regs *ctx)
{
	u64 price = 0;

	bpf_usdt_readarg(1, ctx, &price);
	return price;
}
`

// saleOf enables shop:sale of a file.
func saleOf(t *testing.T, path string) *USDT {
	t.Helper()
	u := must(NewUSDT(USDTOptions{Path: path}))(t)
	if err := u.EnableProbe("sale", "on_sale"); err != nil {
		t.Fatal(err)
	}
	return u
}

// What is wrong with a text is told in the text's own lines.
func TestLiveUSDTDiagnostics(t *testing.T) {
	liveHere(t)
	u := saleOf(t, buildShop(t))
	for text, want := range map[string]string{
		strings.Replace(saleText, "return price", "return prize", 1):                                                              "t.c:6:9: error: use of undeclared identifier 'prize'",
		strings.Replace(saleText, "(1, ", "(9, ", 1):                                                                              "t.c:5:2: error: bpf_usdt_readarg: probe shop:sale has no argument 9: it has 3, counted from 1",
		strings.Replace(saleText, "on_sale", "on_sail", 1):                                                                        "t.c:5:2: error: bpf_usdt_readarg: on_sail is enabled for no USDT probe; on_sale is",
		"static inline " + strings.Replace(saleText, "on_sale", "f", 1) + "int on_sale(struct pt_regs *ctx) { return f(ctx); }\n": "t.c:5:2: error: bpf_usdt_readarg: f is a part of other functions",
		"#line 100 \"mine.c\"\n" + strings.Replace(saleText, "return price", "return prize", 1):                                   "mine.c:105:9: error:",
	} {
		_, err := Compile(text, &Options{USDT: []*USDT{u}, Cache: CacheOff, FileName: "t.c"})
		var refusal *CompileError
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	var missing *UnknownError
	if _, err := Load("int on_sail(struct pt_regs *ctx) { return 0; }", &Options{USDT: []*USDT{u}}); !errors.As(err, &missing) || missing.Nearest[0] != "on_sail" {
		t.Errorf("a function that the text lacks: %v", err)
	}
}

// Programs are cached and baked with their readers, and another build of the
// traced program is not mixed up with this one.
func TestLiveUSDTCache(t *testing.T) {
	ownCache(t)
	testenv.NeedUprobes(t)
	path := buildShop(t)
	o := &Options{USDT: []*USDT{saleOf(t, path)}}
	b := wantCompile(t, saleText, o, false)
	wantCompile(t, saleText, &Options{USDT: []*USDT{saleOf(t, path)}}, true)
	other := &Options{USDT: []*USDT{saleOf(t, buildShop(t, "-O0"))}}
	wantCompile(t, saleText, other, false)

	m, err := LoadBundle(b, o)
	if err != nil {
		t.Fatal(err)
	}
	if links := m.Links(); len(links) != 1 || !strings.Contains(links[0].String(), path+":shop:sale") {
		t.Errorf("links %v", links)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	var mismatch *USDTMismatchError
	if _, err := LoadBundle(b, other); !errors.As(err, &mismatch) {
		t.Errorf("with another program's probes: %v", err)
	}

	dir := t.TempDir()
	if _, err := Bake(context.Background(), dir, saleText, o); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o     *Options
		baked bool
	}{{o, true}, {other, false}} {
		c.o.Baked = os.DirFS(dir)
		b, err := Compile(saleText, c.o)
		if err != nil || b.baked != c.baked {
			t.Errorf("baked: %v, %v", b.baked, err)
		}
	}
}

// Without automatic attaching a USDT is attached by call, and only one that the
// program knows.
func TestLiveUSDTByCall(t *testing.T) {
	liveHere(t)
	c := startAnswering(t, buildShop(t))
	u := saleOf(t, c.path)
	if err := u.EnableProbe("closed", "on_sale"); err != nil {
		t.Fatal(err)
	}
	m := loadLive(t, saleText, &Options{USDT: []*USDT{u}, NoAutoAttach: true})
	if c.listens() || len(m.Links()) != 0 {
		t.Error("attached too early")
	}
	links, err := m.AttachUSDT(u)
	if err != nil || len(links) != 2 || !c.listens() {
		t.Errorf("%v, %v", links, err)
	}
	if _, err := m.AttachUSDT(saleOf(t, c.path)); err == nil || !strings.Contains(err.Error(), "Options.USDT") {
		t.Errorf("a USDT that it does not know: %v", err)
	}
	if err := u.Close(); err != nil || c.listens() {
		t.Errorf("closed: %v", err)
	}
	if links, err := m.AttachUSDT(u); !errors.Is(err, errUSDTClosed) || len(m.Links()) != 0 {
		t.Errorf("after closing: %v, %v", links, err)
	}
}

// A kernel without reference counters gets no probe that could stay switched on.
func TestLiveUSDTOldKernel(t *testing.T) {
	liveHere(t)
	u := saleOf(t, buildShop(t))
	was := refCounters
	t.Cleanup(func() { refCounters = was })
	refCounters = func() error { return &UnsupportedError{Feature: "reference counters"} }
	var unsupported *UnsupportedError
	if _, err := Load(saleText, &Options{USDT: []*USDT{u}}); !errors.As(err, &unsupported) {
		t.Error(err)
	}
}
