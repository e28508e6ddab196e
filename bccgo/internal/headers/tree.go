package headers

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

const (
	// kconfig is included before everything else, so no compile can do
	// without it; it includes autoconf, which is made for one configuration.
	kconfig  = "include/linux/kconfig.h"
	autoconf = "include/generated/autoconf.h"
)

// tree judges a directory as one complete header tree.
func tree(root rootfs.FS, dir string) (choice *Choice, reason string) {
	if reason := noDirectory(root, dir); reason != "" {
		return nil, reason
	}
	hasCommon, hasGenerated := root.IsFile(path.Join(dir, kconfig)), root.IsFile(path.Join(dir, autoconf))
	switch {
	case hasCommon && hasGenerated:
		return &Choice{Path: dir, Tree: true, Build: dir, Source: dir, Release: treeRelease(root, dir)}, ""
	case hasGenerated:
		return nil, "it has no " + kconfig + ": it is one half of a split tree; give the directory that has both as build and source"
	case hasCommon:
		return nil, "it has no " + autoconf + ": the tree is not configured, or one half of a split tree"
	}
	return nil, "it has no " + kconfig
}

// layout judges a directory like /lib/modules/RELEASE, with a complete tree
// as build, or the generated half as build and the common one as source.
func layout(root rootfs.FS, dir string) (choice *Choice, reason string) {
	if reason := noDirectory(root, dir); reason != "" {
		return nil, reason
	}
	build, source := path.Join(dir, "build"), path.Join(dir, "source")
	if reason := noDirectory(root, build); reason != "" {
		return nil, "build: " + reason
	}
	if !root.IsFile(path.Join(build, autoconf)) {
		return nil, "build has no " + autoconf
	}
	choice = &Choice{Kind: Modules, Path: dir, Build: build, Source: build, Release: treeRelease(root, build)}
	if root.IsFile(path.Join(build, kconfig)) {
		return choice, ""
	}
	if reason := noDirectory(root, source); reason != "" {
		return nil, "build has no " + kconfig + ", and source: " + reason
	}
	if !root.IsFile(path.Join(source, kconfig)) {
		return nil, "neither build nor source has " + kconfig
	}
	choice.Source = source
	return choice, ""
}

// noDirectory returns why dir is not a directory that can be used, or "".
func noDirectory(root rootfs.FS, dir string) string {
	info, err := root.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if target, linkErr := root.Readlink(dir); linkErr == nil {
			return "it is a link to " + target + ", which does not exist"
		}
		return "it does not exist"
	case err != nil:
		return err.Error()
	case !info.IsDir():
		return "it is not a directory"
	}
	return ""
}

// treeRelease reads the kernel release a configured tree is for, as uname
// spells it. Debian's kernel.release has the upstream version instead, so the
// header that modules are built with comes first.
func treeRelease(root rootfs.FS, dir string) string {
	text, err := root.ReadFile(path.Join(dir, "include/generated/utsrelease.h"))
	if err == nil {
		for line := range strings.Lines(string(text)) {
			value, _ := strings.CutPrefix(line, "#define UTS_RELEASE ")
			if release, err := strconv.Unquote(strings.TrimSpace(value)); err == nil {
				return release
			}
		}
	}
	release, err := root.ReadLine(path.Join(dir, "include/config/kernel.release"))
	if err != nil {
		return ""
	}
	return release
}

// archiveProblem returns why the kernel's own archive cannot be used, or "".
func archiveProblem(root rootfs.FS) string {
	file, err := root.Open(Archive)
	if errors.Is(err, fs.ErrNotExist) {
		return "it does not exist (CONFIG_IKHEADERS is off, or its module kheaders is not loaded)"
	}
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	// The archive is compressed with xz, whose files begin so.
	var magic [6]byte
	if _, err := file.Read(magic[:]); err != nil || string(magic[:]) != "\xfd7zXZ\x00" {
		return "it is not an xz archive"
	}
	return ""
}
