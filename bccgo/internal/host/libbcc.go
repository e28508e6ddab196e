package host

import (
	"errors"
	"os"
	"path"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/distro"
	"github.com/bccgo/bcc/bccgo/internal/elfsym"
)

// libbccName is the library that compiles.
const libbccName = "libbcc.so.0"

// libbccEnv names the library's file in its place.
const libbccEnv = "LIBBCC_SO_PATH"

var libbccPackages = distro.Packages{Debian: "libbpfcc", Fedora: "bcc", Arch: "bcc", Alpine: "bcc"}

func (h *host) libbcc() Check {
	c := Check{ID: "libbcc", Name: "Compiler (libbcc)"}
	if file := os.Getenv(libbccEnv); file != "" {
		return h.namedLibbcc(c, file)
	}
	file, err := elfsym.FindLibrary(h.root, libbccName, 0)
	var missing *elfsym.LibraryError
	switch {
	case errors.As(err, &missing):
		return c.bad(Fail, "not found", "no program can be compiled; those in the cache can still be loaded",
			libbccPackages.Install(h.family)...)
	case err != nil:
		return c.unknown(err)
	}
	if version := h.libbccVersion(file); version != "" {
		return c.ok(version + ", " + file)
	}
	return c.ok(file)
}

// namedLibbcc checks the library that the environment names.
func (h *host) namedLibbcc(c Check, file string) Check {
	if !h.root.IsFile(file) {
		return c.bad(Fail, "not found", libbccEnv+" names "+file+", which is no file", "unset "+libbccEnv)
	}
	return c.ok(file + " (" + libbccEnv + ")")
}

// libbccVersion is the end of the name the library's links lead to:
// libbcc.so.0.26.0.
func (h *host) libbccVersion(file string) string {
	inside := strings.TrimPrefix(file, strings.TrimSuffix(string(h.root), "/"))
	real, err := h.root.Resolve(inside)
	if err != nil {
		return ""
	}
	version, ok := strings.CutPrefix(path.Base(real), "libbcc.so.")
	if !ok || !strings.Contains(version, ".") {
		return ""
	}
	return version
}
