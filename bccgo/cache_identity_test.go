package bccgo

import (
	"runtime/debug"
	"slices"
	"testing"
	"testing/fstest"
)

func TestReleasedVersion(t *testing.T) {
	other := debug.Module{Path: "example.com/tool", Version: "v9.0.0"}
	library := debug.Module{Path: modulePath, Version: "v1.2.3", Sum: "h1:abc"}
	with := func(change func(*debug.Module)) *debug.Module {
		m := library
		change(&m)
		return &m
	}
	for name, test := range map[string]struct {
		info debug.BuildInfo
		want []string
	}{
		"a program that uses it": {debug.BuildInfo{Main: other, Deps: []*debug.Module{&library}}, []string{"v1.2.3", "h1:abc"}},
		"a tool of its own":      {debug.BuildInfo{Main: *with(func(m *debug.Module) { m.Sum = "" })}, []string{"v1.2.3", ""}},
		"a changed tree":         {debug.BuildInfo{Main: *with(func(m *debug.Module) { m.Version = "v1.2.4-0.2026+dirty" })}, nil},
		"no version":             {debug.BuildInfo{Main: *with(func(m *debug.Module) { m.Version = "(devel)" })}, nil},
		"a replaced module":      {debug.BuildInfo{Main: other, Deps: []*debug.Module{with(func(m *debug.Module) { m.Replace = &other })}}, nil},
		"not part of it":         {debug.BuildInfo{Main: other}, nil},
	} {
		if got := releasedVersion(&test.info); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestCompilerIdentity(t *testing.T) {
	id, err := compilerIdentity()
	if err != nil || len(id) != 2 {
		t.Errorf("this program: %q, %v", id, err)
	}
	seen := make(map[string]bool)
	for _, files := range []fstest.MapFS{
		{"a.go": {Data: []byte("x")}},
		{"a.go": {Data: []byte("y")}},
		{"b.go": {Data: []byte("x")}},
		{"a.go": {Data: []byte("x")}, "d/b.go": {}},
	} {
		sum, err := hashFiles(files)
		if err != nil || seen[sum] {
			t.Errorf("%v: %s, %v", files, sum, err)
		}
		seen[sum] = true
	}
	if sum, err := hashFiles(compilerSources); err != nil || sum == must(hashFiles(fstest.MapFS{}))(t) {
		t.Errorf("no sources are embedded: %v", err)
	}
}
