package bccgo

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/cache"
)

// compilerSources is this library's part in a compile: what prepares the text
// and what reads the result.
//
//go:embed prepare.go compile.go compile_types.go internal/bundle/*.go internal/cc/*.go internal/cc/*.[ch]
//go:embed internal/source/*.go internal/headers/btftree/*.go internal/headers/btftree/shim/*.h
var compilerSources embed.FS

// compilerIdentity names this library's part in a compile: by its version where
// it has one, else by its sources, so that whoever changes the library compiles
// anew.
var compilerIdentity = sync.OnceValues(func() ([]string, error) {
	if version := libraryVersion(); version != nil {
		return version, nil
	}
	sum, err := hashFiles(compilerSources)
	return []string{"sources", sum}, err
})

// libraryVersion is the releasedVersion of this program's build.
func libraryVersion() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	return releasedVersion(info)
}

// thisFile identifies the program's file, nil where a change of it would not show.
func thisFile() []string {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	files, err := cache.Files([]string{path}, time.Now())
	if err != nil {
		return nil
	}
	return []string{"program", fmt.Sprintf("%+v", files[0])}
}

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

// hashFiles is the SHA-256 of all files with their names.
func hashFiles(files fs.FS) (string, error) {
	sum := sha256.New()
	buf := make([]byte, 8<<10)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := files.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		sum.Write([]byte(name + "\x00"))
		_, err = io.CopyBuffer(sum, f, buf)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
