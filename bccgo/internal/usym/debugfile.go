package usym

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"
)

// debugDir is where distributions install debug files.
const debugDir = "/usr/lib/debug"

// Environment variables of BCC that say where debug files are.
const (
	symfsEnv     = "BCC_SYMFS"          // a folder with files at the paths of those they describe
	debugRootEnv = "BCC_DEBUGINFO_ROOT" // in place of debugDir, for files found by build id
)

// debugFinder looks for the debug file of an ELF file.
type debugFinder struct {
	path  string   // of the ELF file, below the first root
	roots []string // file systems to look in
}

// find opens the debug file: one that the environment places, else that of the
// same build id, else the one that the
// file's debug link names. It is nil where none is installed. One that is of
// another build is passed over.
func (d debugFinder) find(file *elf.File, id string) (*os.File, error) {
	if found := d.inSymfs(file, id); found != nil {
		return found, nil
	}
	if len(id) > 2 {
		name := path.Join(cmp.Or(os.Getenv(debugRootEnv), debugDir), ".build-id", id[:2], id[2:]+".debug")
		if found := d.open(name, func(f *os.File) bool { return hasBuildID(f, id) }); found != nil {
			return found, nil
		}
	}
	name, sum, err := debugLink(file)
	if name == "" || err != nil {
		return nil, err
	}
	same := func(f *os.File) bool {
		return id != "" && hasBuildID(f, id) || hasSum(f, sum)
	}
	dir := path.Dir(d.path)
	for _, place := range []string{dir, path.Join(dir, ".debug"), path.Join(debugDir, dir)} {
		if found := d.open(path.Join(place, name), same); found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// inSymfs opens the file of the same path in the folder that the environment
// names: one with symbols that belongs to the same build.
func (d debugFinder) inSymfs(file *elf.File, id string) *os.File {
	symfs := os.Getenv(symfsEnv)
	if symfs == "" {
		return nil
	}
	_, sum, err := debugLink(file)
	return debugFinder{roots: []string{symfs}}.open(d.path, func(f *os.File) bool {
		return hasBuildID(f, id) || err == nil && sum != 0 && hasSum(f, sum)
	})
}

// open returns the first file of that name that is the right one.
func (d debugFinder) open(name string, right func(*os.File) bool) *os.File {
	for _, root := range d.roots {
		file, err := openIn(root, name)
		if err != nil {
			continue
		}
		if right(file) {
			return file
		}
		file.Close()
	}
	return nil
}

func hasBuildID(file *os.File, id string) bool {
	debug, err := elf.NewFile(file)
	return err == nil && buildID(debug) == id
}

// hasSum reports whether a whole file has the checksum of a debug link.
func hasSum(file *os.File, sum uint32) bool {
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, io.NewSectionReader(file, 0, 1<<62)); err != nil {
		return false
	}
	return h.Sum32() == sum
}

// debugLink reads a file's .gnu_debuglink section: a name without folder, a
// NUL, padding to 4 bytes, and the debug file's CRC-32.
func debugLink(file *elf.File) (name string, sum uint32, err error) {
	section := file.Section(".gnu_debuglink")
	if section == nil || section.Type == elf.SHT_NOBITS {
		return "", 0, nil
	}
	data, err := section.Data()
	if err != nil {
		return "", 0, fmt.Errorf("read debug link: %w", err)
	}
	text, _, _ := bytes.Cut(data, []byte{0})
	at := (len(text) + 4) &^ 3
	name = string(text)
	if len(data) < at+4 || name == "" || name != path.Base(name) || name == ".." {
		return "", 0, errors.New("read debug link: it is damaged")
	}
	return name, file.ByteOrder.Uint32(data[at:]), nil
}

// buildID returns the build id of an ELF file in hexadecimal digits, or "".
func buildID(file *elf.File) string {
	for _, section := range file.Sections {
		if section.Type != elf.SHT_NOTE {
			continue
		}
		data, err := section.Data()
		if err != nil {
			continue
		}
		if id := noteID(file, data); id != "" {
			return id
		}
	}
	return ""
}

// noteID returns the build id among the notes of a section.
func noteID(file *elf.File, data []byte) string {
	const gnuBuildID = 3
	for len(data) >= 12 {
		nameSize, size := uint64(file.ByteOrder.Uint32(data)), uint64(file.ByteOrder.Uint32(data[4:]))
		kind := file.ByteOrder.Uint32(data[8:])
		nameEnd := 12 + (nameSize+3)&^3
		end := nameEnd + size
		if end > uint64(len(data)) {
			return ""
		}
		if kind == gnuBuildID && nameSize == 4 && string(data[12:16]) == "GNU\x00" {
			return hex.EncodeToString(data[nameEnd:end])
		}
		data = data[min((end+3)&^3, uint64(len(data))):]
	}
	return ""
}
