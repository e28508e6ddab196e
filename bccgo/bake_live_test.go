package bccgo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bccgo/bcc/internal/testenv"
)

// noHeaders makes compiling impossible, so that only a baked program loads.
func noHeaders(t *testing.T) string { return filepath.Join(t.TempDir(), "no-headers") }

func TestBakedProgramsNeedNoCompiler(t *testing.T) {
	ownCache(t)
	text, dir := cacheText(t), t.TempDir()
	with := func(o Options) *Options {
		o.Defines, o.Baked, o.Cache = map[string]string{"LIMIT": "7"}, os.DirFS(dir), CacheOff
		return &o
	}
	path := must(Bake(t.Context(), filepath.Join(dir, "deeper"), text, with(Options{})))(t)
	if release := must(HostTarget())(t).Release; !strings.HasSuffix(path, "."+release+bakedExt) {
		t.Errorf("baked into %s", path)
	}
	m, err := Load(text, with(Options{Headers: noHeaders(t)}))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Table("seen") == nil || len(m.Functions()) != 1 {
		t.Errorf("loaded %v and %v", m.Tables(), m.Functions())
	}
	if b := must(Compile(text, with(Options{Headers: noHeaders(t)})))(t); !b.Baked() {
		t.Error("it does not say that it is a baked one")
	}
	if b := must(Compile(text+" ", with(Options{})))(t); b.Baked() {
		t.Error("another text is taken for the baked one")
	}
}

// TestNotBaked asks for what was not baked: it is compiled where that can be
// done, and an error that says what is there where not.
func TestNotBaked(t *testing.T) {
	ownCache(t)
	text, dir := cacheText(t), t.TempDir()
	other := *must(HostTarget())(t)
	other.Release, other.EventsDir, other.Headers = "5.0.0-other", t.TempDir(), os.Getenv("BCCGO_HEADERS")
	must(Bake(t.Context(), dir, text, &Options{Target: &other}))(t)

	if b := must(Compile(text, &Options{Baked: os.DirFS(dir)}))(t); b.Baked() {
		t.Error("another kernel's program is taken")
	}
	var missing *NotBakedError
	_, err := Compile(text, &Options{Baked: os.DirFS(dir), Headers: noHeaders(t)})
	if !errors.As(err, &missing) || len(missing.Have) != 1 || missing.Have[0] != other.Release || !strings.Contains(err.Error(), other.Release) {
		t.Errorf("without a compiler: %v", err)
	}
	var headers *HeadersError
	if !errors.As(err, &headers) {
		t.Errorf("the reason is lost: %v", err)
	}
	_, err = Compile(text+" ", &Options{Baked: os.DirFS(dir), Headers: noHeaders(t)})
	if !errors.As(err, &missing) || len(missing.Have) != 0 {
		t.Errorf("another text: %v", err)
	}
}

// TestBakedOtherBuild wants the same release of another build refused, and
// rubbish ignored.
func TestBakedOtherBuild(t *testing.T) {
	ownCache(t)
	text, dir := cacheText(t), t.TempDir()
	target := *must(HostTarget())(t)
	target.Version, target.EventsDir = "#0 another build", t.TempDir()
	path := must(Bake(t.Context(), dir, text, &Options{Target: &target}))(t)
	if b := must(Compile(text, &Options{Baked: os.DirFS(dir)}))(t); b.Baked() {
		t.Error("another build's program is taken")
	}
	rubbish := fstest.MapFS{filepath.Base(path): {Data: []byte("rubbish")}}
	if b := must(Compile(text, &Options{Baked: rubbish}))(t); b.Baked() {
		t.Error("rubbish is taken")
	}
}

func TestBakeByEnvironment(t *testing.T) {
	ownCache(t)
	text, dir := cacheText(t), t.TempDir()
	t.Setenv(BakeEnv, dir)
	must(Compile(text, nil))(t)
	must(Compile(text, nil))(t) // out of the cache
	t.Setenv(BakeEnv, "")
	if b := must(Compile(text, &Options{Baked: os.DirFS(dir), Headers: noHeaders(t)}))(t); !b.Baked() {
		t.Error("it was not baked")
	}
}

func TestBakeErrors(t *testing.T) {
	testenv.Live(t)
	if _, err := Bake(t.Context(), "/proc/none", "int f(void *ctx) { return 0; }", nil); err == nil {
		t.Error("a folder that cannot be made")
	}
	if _, err := Bake(t.Context(), t.TempDir(), "int f(", nil); err == nil {
		t.Error("a bad text")
	}
}
