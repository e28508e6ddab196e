package headers

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/distro"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Main(m)
}

const (
	release = "6.1.0-21-amd64"
	modules = "/lib/modules/" + release
	xz      = "\xfd7zXZ\x00rest"
)

// debian is split in two, by absolute links.
var debian = map[string]string{
	"/etc/os-release":                                       "ID=debian\n",
	"/proc/sys/kernel/osrelease":                            release + "\n",
	modules + "/build":                                      roottest.Link + "/usr/src/headers-amd64",
	modules + "/source":                                     roottest.Link + "/usr/src/headers-common",
	"/usr/src/headers-amd64/" + autoconf:                    "",
	"/usr/src/headers-amd64/include/config/kernel.release":  "6.1.99\n",
	"/usr/src/headers-amd64/include/generated/utsrelease.h": "/* made */\n#define UTS_RELEASE \"" + release + "\"\n",
	"/usr/src/headers-common/" + kconfig:                    "",
}

// fedora has one tree.
var fedora = map[string]string{
	"/etc/os-release":  "ID=fedora\n",
	modules + "/build": roottest.Link + "/usr/src/kernels/" + release,
	"/usr/src/kernels/" + release + "/" + autoconf:                   "",
	"/usr/src/kernels/" + release + "/" + kconfig:                    "",
	"/usr/src/kernels/" + release + "/include/config/kernel.release": release + "\n",
}

func TestChoose(t *testing.T) {
	ownTree := map[string]string{"/own/" + kconfig: "\n", "/own/" + autoconf: "\n"}
	split := Choice{Kind: Modules, Path: modules, Build: modules + "/build", Source: modules + "/source", Release: release}
	tests := []struct {
		name     string
		files    map[string]string
		explicit string
		want     Choice
	}{
		{"split", debian, "", split},
		{"one tree", fedora, "", Choice{Kind: Modules, Path: modules, Build: modules + "/build", Source: modules + "/build", Release: release}},
		{"explicit wins", roottest.With(debian, ownTree), "/own/", Choice{Kind: Explicit, Path: "/own", Tree: true, Build: "/own", Source: "/own"}},
		{"explicit split", debian, modules, Choice{Kind: Explicit, Path: modules, Build: modules + "/build", Source: modules + "/source", Release: release}},
		{"explicit layout elsewhere", map[string]string{"/own/build/" + kconfig: "", "/own/build/" + autoconf: ""}, "/own",
			Choice{Kind: Explicit, Path: "/own/build", Tree: true, Build: "/own/build", Source: "/own/build"}},
		{"Fedora's sources", map[string]string{"/usr/src/kernels/" + release + "/" + kconfig: "\n", "/usr/src/kernels/" + release + "/" + autoconf: "\n"}, "",
			Choice{Kind: Sources, Path: "/usr/src/kernels/" + release, Tree: true, Build: "/usr/src/kernels/" + release, Source: "/usr/src/kernels/" + release}},
		{"archive", map[string]string{Archive: xz, "/proc/sys/kernel/osrelease": release + "\n"}, "",
			Choice{Kind: Kheaders, Path: Archive, Release: release}},
	}
	for _, tt := range tests {
		got, err := Choose(roottest.Tree(t, tt.files), release, tt.explicit)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if *got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, *got, tt.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	const noArchive = Archive + ": it does not exist (CONFIG_IKHEADERS is off, or its module kheaders is not loaded)"
	dangling := map[string]string{modules + "/build": roottest.Link + "/usr/src/gone"}
	elsewhere := map[string]string{"/own/build/" + autoconf: "", "/own/source/" + kconfig: ""}
	tests := []struct {
		name     string
		files    map[string]string
		explicit string
		tried    []string
	}{
		{"nothing", nil, "", []string{modules + ": it does not exist", noArchive}},
		{"dangling", dangling, "", []string{modules + ": build: it is a link to /usr/src/gone, which does not exist", noArchive}},
		{"not configured", map[string]string{modules + "/build/" + kconfig: ""}, "", []string{modules + ": build has no " + autoconf, noArchive}},
		{"half", map[string]string{modules + "/build/" + autoconf: ""}, "",
			[]string{modules + ": build has no " + kconfig + ", and source: it does not exist", noArchive}},
		{"no archive", map[string]string{modules + "/build/x": "", Archive: "text"}, "",
			[]string{modules + ": build has no " + autoconf, Archive + ": it is not an xz archive"}},
		{"other source", map[string]string{modules + "/build/" + autoconf: "", modules + "/source/x": ""}, "",
			[]string{modules + ": neither build nor source has " + kconfig, noArchive}},
		{"explicit, but the installed would do", debian, "/own", []string{"/own: it does not exist"}},
		{"explicit half", debian, "/usr/src/headers-amd64",
			[]string{"/usr/src/headers-amd64: it has no " + kconfig + ": it is one half of a split tree; give the directory that has both as build and source"}},
		{"explicit other half", debian, "/usr/src/headers-common",
			[]string{"/usr/src/headers-common: it has no " + autoconf + ": the tree is not configured, or one half of a split tree"}},
		{"explicit file", debian, "/etc/os-release", []string{"/etc/os-release: it is not a directory"}},
		{"explicit without trees", dangling, modules, []string{modules + ": it has no " + kconfig}},
		{"explicit split elsewhere", elsewhere, "/own", []string{"/own: it is a split tree, which can be used below /lib/modules only"}},
	}
	for _, tt := range tests {
		_, err := Choose(roottest.Tree(t, tt.files), release, tt.explicit)
		var failed *HeadersError
		if !errors.As(err, &failed) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !slices.Equal(failed.Tried, tt.tried) {
			t.Errorf("%s: %q, want %q", tt.name, failed.Tried, tt.tried)
		}
		if len(failed.Fix) == 0 || failed.Release != release {
			t.Errorf("%s: %+v", tt.name, failed)
		}
	}
}

func TestErrorText(t *testing.T) {
	root := roottest.Tree(t, map[string]string{
		"/etc/os-release": "ID=ubuntu\nID_LIKE=debian\n", "/proc/sys/kernel/osrelease": release, "/boot/config-" + release: "CONFIG_IKHEADERS=m\n",
		Archive: "text",
	})
	_, err := Choose(root, release, "")
	want := "find kernel headers for 6.1.0-21-amd64: /lib/modules/6.1.0-21-amd64: it does not exist; " +
		"/sys/kernel/kheaders.tar.xz: it is not an xz archive; " +
		"to fix: apt install linux-headers-6.1.0-21-amd64; " +
		"or: modprobe kheaders (this kernel carries its headers in that module); " +
		"or: set BCCGO_HEADERS to a header tree made for this kernel"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestPackages(t *testing.T) {
	for release, want := range map[string]distro.Packages{
		"6.1.0-21-amd64": {Debian: "linux-headers-6.1.0-21-amd64", Fedora: "kernel-devel-6.1.0-21-amd64", Arch: "linux-headers", Alpine: "linux-amd64-dev"},
		"6.6.31-0-virt":  {Debian: "linux-headers-6.6.31-0-virt", Fedora: "kernel-devel-6.6.31-0-virt", Arch: "linux-headers", Alpine: "linux-virt-dev"},
		"6.6.32-1-lts":   {Debian: "linux-headers-6.6.32-1-lts", Fedora: "kernel-devel-6.6.32-1-lts", Arch: "linux-lts-headers", Alpine: "linux-lts-dev"},
	} {
		if got := packages(release); got != want {
			t.Errorf("%q: %+v", release, got)
		}
	}
}

// TestInstalled chooses for every release that has headers here, and checks
// that the files every compile includes can be read.
func TestInstalled(t *testing.T) {
	entries, err := os.ReadDir("/lib/modules")
	if err != nil {
		t.Skip("no kernel is installed here")
	}
	for _, entry := range entries {
		if _, err := os.Stat("/lib/modules/" + entry.Name() + "/build/Makefile"); err != nil {
			continue
		}
		got, err := Choose(rootfs.Live, entry.Name(), "")
		if err != nil {
			t.Error(err)
			continue
		}
		if got.Release != entry.Name() || got.Kind != Modules {
			t.Errorf("for %s: %+v", entry.Name(), got)
		}
		for _, file := range []string{got.Source + "/" + kconfig, got.Build + "/" + autoconf, got.Source + "/include/linux/sched.h"} {
			if info, err := os.Stat(file); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
