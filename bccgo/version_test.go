package bccgo

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	if got := Version(); got == "" || got == "(unknown)" {
		t.Errorf("this test has the version %q", got)
	}
	mine := func(v string) *debug.Module { return &debug.Module{Path: modulePath, Version: v} }
	other := debug.Module{Path: "example.com/other", Version: "v9.9.9"}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3":    {Main: other, Deps: []*debug.Module{{Path: "example.com/x", Version: "v7.0.0"}, mine("v1.2.3")}},
		"v1.2.4":    {Main: *mine("v1.2.4")},
		"(devel)":   {Main: *mine("")},
		"v1.3.0":    {Main: other, Deps: []*debug.Module{{Path: modulePath, Version: "v1.2.3", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.3.0"}}}},
		"(unknown)": {Main: other},
	} {
		if got := versionIn(info); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
