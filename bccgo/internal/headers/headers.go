// Package headers finds the kernel headers to compile with: a tree the user
// names, the one installed for a kernel release, or the archive the kernel
// carries itself. A refusal tells every place that was looked at, what was
// wrong with it and how to mend it.
package headers

import (
	"path/filepath"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/distro"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Kind says what sort of place headers come from.
type Kind string

// The kinds a Choice may have.
const (
	Explicit Kind = "explicit" // named by the user
	Modules  Kind = "modules"  // /lib/modules/RELEASE/build and source
	Sources  Kind = "sources"  // a complete tree in /usr/src
	Kheaders Kind = "kheaders" // the kernel's own archive, not yet unpacked
)

// Archive is where a kernel built with CONFIG_IKHEADERS keeps its headers,
// once its module kheaders is loaded.
const Archive = "/sys/kernel/kheaders.tar.xz"

// modulesDir has a directory for each installed kernel's release.
const modulesDir = "/lib/modules"

// Choice is where headers come from.
type Choice struct {
	Kind Kind
	// Path is a complete tree if Tree is set, else a directory of modulesDir
	// with build, and source where the tree is split, in it, else the archive.
	Path string
	Tree bool
	// Build is the directory with the generated headers, Source the one with
	// all others. They are the same in a complete tree and empty for
	// Kheaders.
	Build, Source string
	// Release is that of the kernel the headers are for, as they say
	// themselves; "" where they do not.
	Release string
}

// HeadersError means that there are no usable kernel headers.
type HeadersError struct {
	// Release is the kernel they were wanted for.
	Release string
	// Tried lists the places that were looked at, with what was wrong.
	Tried []string
	// Fix lists commands and settings, any of which helps.
	Fix []string
	// Err is the cause, nil if nothing was there to fail.
	Err error
}

// Unwrap returns the cause.
func (e *HeadersError) Unwrap() error { return e.Err }

func (e *HeadersError) Error() string {
	return "find kernel headers for " + e.Release + ": " + strings.Join(e.Tried, "; ") +
		"; to fix: " + strings.Join(e.Fix, "; or: ")
}

// Choose finds headers for a kernel release. explicit, where it is not empty,
// is a complete tree or a directory like /lib/modules/RELEASE, and no other
// place is tried: what the user asked for is never replaced. Without it the
// installed headers of the release are used, in one tree or in Debian's and
// SUSE's two halves, else a tree in /usr/src, else the kernel's own archive.
// Paths are as they are inside root.
// Every failure is a *HeadersError.
func Choose(root rootfs.FS, release, explicit string) (*Choice, error) {
	if explicit != "" {
		return chooseExplicit(root, release, explicit)
	}
	if found := find(root, release); found != nil {
		return found, nil
	}
	return nil, Missing(root, release)
}

// find looks for headers of a release; nil if there are none.
func find(root rootfs.FS, release string) *Choice {
	if choice, _ := layout(root, filepath.Join(modulesDir, release)); choice != nil {
		return choice
	}
	if choice := inSources(root, release); choice != nil {
		return choice
	}
	if archiveProblem(root) == "" {
		return &Choice{Kind: Kheaders, Path: Archive, Release: runningRelease(root)}
	}
	return nil
}

// Missing says why there are no headers of a release, and what helps. It reads
// more of the system than a search does.
func Missing(root rootfs.FS, release string) *HeadersError {
	dir := filepath.Join(modulesDir, release)
	_, problem := layout(root, dir)
	return &HeadersError{
		Release: release,
		Tried:   []string{dir + ": " + problem, Archive + ": " + archiveProblem(root)},
		Fix:     fixes(root, release),
	}
}

// inSources finds a complete tree where distributions put headers, for a system
// without their links in /lib/modules: Fedora's place and Ubuntu's.
func inSources(root rootfs.FS, release string) *Choice {
	for _, dir := range []string{"/usr/src/kernels/" + release, "/usr/src/linux-headers-" + release} {
		if choice, _ := tree(root, dir); choice != nil {
			choice.Kind = Sources
			return choice
		}
	}
	return nil
}

// chooseExplicit uses one place or fails. libbcc takes a split tree from
// modulesDir only, so elsewhere the build of a layout must be complete.
func chooseExplicit(root rootfs.FS, release, dir string) (*Choice, error) {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	choice, problem := tree(root, dir)
	if choice == nil && root.IsDir(filepath.Join(dir, "build")) {
		choice, problem = layout(root, dir)
	}
	if choice != nil && !choice.Tree && filepath.Dir(dir) != modulesDir {
		if choice.Build == choice.Source {
			choice.Path, choice.Tree = choice.Build, true
		} else {
			choice, problem = nil, "it is a split tree, which can be used below "+modulesDir+" only"
		}
	}
	if choice == nil {
		return nil, &HeadersError{
			Release: release,
			Tried:   []string{dir + ": " + problem},
			Fix: []string{
				"name a complete header tree or a directory like " + filepath.Join(modulesDir, release),
				"name none (Options.Headers, BCCGO_HEADERS, BCC_KERNEL_SOURCE), to use the installed ones",
			},
		}
	}
	choice.Kind = Explicit
	return choice, nil
}

// runningRelease is the kernel's whose /sys the archive is in.
func runningRelease(root rootfs.FS) string {
	release, err := probe.New(root).Release()
	if err != nil {
		return ""
	}
	return release
}

// fixes lists how to get headers for a release on this distribution.
func fixes(root rootfs.FS, release string) []string {
	out := packages(release).Install(distro.Detect(root))
	if value, err := probe.New(root).Config("CONFIG_IKHEADERS"); err == nil && value == "m" {
		out = append(out, "modprobe kheaders (this kernel carries its headers in that module)")
	} else {
		out = append(out, "use a kernel built with CONFIG_IKHEADERS=m and: modprobe kheaders")
	}
	return append(out, "set BCCGO_HEADERS to a header tree made for this kernel")
}

// packages names the headers of a kernel release in each distribution.
func packages(release string) distro.Packages {
	return distro.Packages{
		Debian: "linux-headers-" + release,
		Fedora: "kernel-devel-" + release,
		Arch:   archPackage(release),
		Alpine: "linux-" + release[strings.LastIndex(release, "-")+1:] + "-dev",
	}
}

// archPackage: Arch's other kernels have their name in the release.
func archPackage(release string) string {
	for _, flavour := range []string{"lts", "zen", "hardened"} {
		if strings.HasSuffix(release, "-"+flavour) {
			return "linux-" + flavour + "-headers"
		}
	}
	return "linux-headers"
}
