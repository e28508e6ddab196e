// Package headers finds the kernel headers to compile with.
//
// An explicit choice wins. Otherwise those installed for the kernel's release
// are taken, in the places distributions put them, and at last the archive that
// a kernel built with CONFIG_IKHEADERS carries. A refusal tells every place
// that was looked at and what was wrong with it.
package headers

import (
	"fmt"
	"path"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/distro"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Kind says where headers come from.
type Kind string

// The kinds of headers.
const (
	Explicit Kind = "explicit" // the caller named them
	Modules  Kind = "modules"  // /lib/modules/RELEASE/build and source
	Kheaders Kind = "kheaders" // /sys/kernel/kheaders.tar.xz
)

// Choice is the headers to use.
type Choice struct {
	Kind Kind
	// Path is a complete tree if Tree is set, else a directory with build, and
	// where a distribution splits the headers source, in it.
	Path string
	Tree bool
}

// HeadersError means that there are no usable headers.
type HeadersError struct {
	// Release is the kernel they were wanted for.
	Release string
	// Tried lists the places and what was wrong with each.
	Tried []string
	// Fix is what to do.
	Fix string
}

func (e *HeadersError) Error() string {
	return fmt.Sprintf("find kernel headers for %s: %s; %s", e.Release, strings.Join(e.Tried, "; "), e.Fix)
}

// kheaders is the archive of a kernel with CONFIG_IKHEADERS.
const kheaders = "/sys/kernel/kheaders.tar.xz"

// Choose finds headers for a kernel release. explicit, if not empty, is a
// complete tree or a directory with build and source in it, and no other place
// is tried. Every failure is a *HeadersError.
func Choose(fs rootfs.FS, release, explicit string) (*Choice, error) {
	if explicit != "" {
		return chooseExplicit(fs, release, explicit)
	}
	dir := path.Join("/lib/modules", release)
	bad := modulesProblem(fs, dir)
	if bad == "" {
		return &Choice{Kind: Modules, Path: dir}, nil
	}
	if ok, _ := fs.Exists(kheaders); ok {
		return &Choice{Kind: Kheaders, Path: kheaders}, nil
	}
	return nil, &HeadersError{
		Release: release,
		Tried:   []string{bad, kheaders + " does not exist (CONFIG_IKHEADERS is off, or its module kheaders is not loaded)"},
		Fix:     "install them: " + strings.Join(packages(release).Install(distro.Detect(fs)), ", "),
	}
}

func chooseExplicit(fs rootfs.FS, release, dir string) (*Choice, error) {
	dir = path.Clean(dir)
	if ok, _ := fs.Exists(path.Join(dir, "include/linux/kconfig.h")); ok {
		return &Choice{Kind: Explicit, Path: dir, Tree: true}, nil
	}
	bad := modulesProblem(fs, dir)
	if bad == "" && path.Dir(dir) == "/lib/modules" {
		return &Choice{Kind: Explicit, Path: dir}, nil
	}
	if bad == "" {
		bad = dir + " holds split headers, which the compiler takes from /lib/modules/RELEASE alone"
	} else {
		bad = dir + " has no include/linux/kconfig.h; " + bad
	}
	return nil, &HeadersError{Release: release, Tried: []string{bad},
		Fix: "name a complete tree or a /lib/modules/RELEASE directory, or unset Options.Headers, BCCGO_HEADERS and BCC_KERNEL_SOURCE"}
}

// modulesProblem says what is wrong with a directory of build and source links,
// nothing if it will do. Debian and SUSE keep generated headers under build and
// the others under source; elsewhere build has all.
func modulesProblem(fs rootfs.FS, dir string) string {
	build, source := path.Join(dir, "build"), path.Join(dir, "source")
	if ok, _ := fs.Exists(build); !ok {
		return build + " does not exist"
	}
	if ok, _ := fs.Exists(path.Join(build, "include/generated/autoconf.h")); !ok {
		return build + " has no include/generated/autoconf.h: the tree was never configured"
	}
	for _, d := range []string{source, build} {
		if ok, _ := fs.Exists(path.Join(d, "include/linux/kconfig.h")); ok {
			return ""
		}
	}
	return "neither " + source + " nor " + build + " has include/linux/kconfig.h"
}

// packages names the headers' package in each distribution. Alpine's kernels
// come in flavours, the last part of the release.
func packages(release string) distro.Packages {
	flavour := release[strings.LastIndex(release, "-")+1:]
	return distro.Packages{
		Debian: "linux-headers-" + release, Fedora: "kernel-devel-" + release,
		Arch: "linux-headers", Alpine: "linux-" + flavour + "-dev",
	}
}
