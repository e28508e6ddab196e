package bccgo

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// modulePath is the Go module that this package is part of.
const modulePath = "github.com/bccgo/bcc"

// compilerIdentity names this library's part in a compile, which prepares the
// text and reads the result: its version where it has one, else the program's
// file, so that whoever changes the library compiles anew after each build.
var compilerIdentity = sync.OnceValues(func() ([]string, error) {
	if info, ok := debug.ReadBuildInfo(); ok {
		if version := releasedVersion(info); version != nil {
			return version, nil
		}
	}
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/exe", &st); err != nil {
		return nil, &os.PathError{Op: "stat", Path: "/proc/self/exe", Err: err}
	}
	return []string{"file", fmt.Sprint(st.Dev, st.Ino, st.Size, st.Mtim.Nano())}, nil
})

// releasedVersion is the module's version and checksum if they stand for one
// state of its sources, else nil: not for a working tree with changes, nor for
// one that replaces the module.
func releasedVersion(info *debug.BuildInfo) []string {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != modulePath {
			continue
		}
		if m.Replace != nil || !strings.HasPrefix(m.Version, "v") || strings.Contains(m.Version, "dirty") {
			return nil
		}
		return []string{m.Version, m.Sum}
	}
	return nil
}
