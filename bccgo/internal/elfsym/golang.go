package elfsym

import (
	"fmt"
)

// goBuildInfo is the section in which Go's linker records what a program was
// built from. strip(1) leaves it.
const goBuildInfo = ".go.buildinfo"

// IsGo reports whether the ELF file at path contains Go's runtime: a Go
// program, with or without cgo, or a shared library written in Go.
func IsGo(path string) (bool, error) {
	file, err := openImage(path)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	defer file.Close()
	return file.Section(goBuildInfo) != nil, nil
}

// IsGo reports whether the file contains Go's runtime.
func (b *Binary) IsGo() bool {
	return b.isGo
}

// CheckUretprobe returns a *GoUretprobeError where a return probe in the file
// at path would crash what runs it.
func CheckUretprobe(path string) error {
	isGo, err := IsGo(path)
	if err != nil {
		return err
	}
	if isGo {
		return &GoUretprobeError{Path: path}
	}
	return nil
}
