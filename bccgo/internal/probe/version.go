package probe

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// VersionCode returns the running kernel's version as LINUX_VERSION_CODE has it.
// The kernel tells it to every process in a note of its shared object, the vDSO;
// the release that uname tells may be another (Debian's 6.1.0-56 is 6.1.180).
// Where there is no vDSO it is worked out from what uname tells.
func VersionCode() (uint32, error) {
	if code, err := vdsoVersion(); err == nil {
		return code, nil
	}
	u, err := Running().Uname()
	if err != nil {
		return 0, err
	}
	return ParseVersionCode(u.Release, u.Version)
}

// ParseVersionCode works out a kernel's version from what uname -r and uname -v
// print there: Debian has the version in the latter, others in the former.
func ParseVersionCode(release, version string) (uint32, error) {
	if _, after, ok := strings.Cut(version, " Debian "); ok {
		if code, err := parseVersion(after); err == nil {
			return code, nil
		}
	}
	code, err := parseVersion(release)
	if err != nil {
		return 0, fmt.Errorf("work out the version of kernel %q: %w", release, err)
	}
	return code, nil
}

func parseVersion(s string) (uint32, error) {
	end := strings.IndexFunc(s, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
	if end >= 0 {
		s = s[:end]
	}
	var code uint32
	parts := append(strings.Split(s, "."), "0", "0")
	for i, shift := range []int{16, 8, 0} {
		n, err := strconv.ParseUint(parts[i], 10, 16)
		if err != nil {
			return 0, err
		}
		code += uint32(min(n, 255)) << shift
	}
	return code, nil
}

// auxVDSO is the key of the vDSO's address in the auxiliary vector
// (AT_SYSINFO_EHDR), maxVDSO more than it ever has: two pages, as a rule.
const (
	auxVDSO = 33
	maxVDSO = 1 << 20
)

func vdsoVersion() (uint32, error) {
	pairs, err := unix.Auxv()
	if err != nil {
		return 0, err
	}
	for _, pair := range pairs {
		if pair[0] == auxVDSO {
			return versionNoteAt(int64(pair[1]))
		}
	}
	return 0, fmt.Errorf("this process has no vDSO")
}

func versionNoteAt(address int64) (uint32, error) {
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return 0, err
	}
	defer memory.Close()
	file, err := elf.NewFile(io.NewSectionReader(memory, address, maxVDSO))
	if err != nil {
		return 0, fmt.Errorf("read the vDSO: %w", err)
	}
	for _, p := range file.Progs {
		if p.Type != elf.PT_NOTE {
			continue
		}
		notes := make([]byte, min(p.Filesz, maxVDSO))
		if _, err := io.ReadFull(p.Open(), notes); err != nil {
			return 0, fmt.Errorf("read the vDSO: %w", err)
		}
		if code, ok := versionNote(notes, file.ByteOrder); ok {
			return code, nil
		}
	}
	return 0, fmt.Errorf("the vDSO has no note with the kernel's version")
}

// versionNote finds the note of type 0 by "Linux", whose 4 bytes are the
// version (Elf notes in arch/*/*/vdso/note.S).
func versionNote(notes []byte, order binary.ByteOrder) (uint32, bool) {
	for len(notes) >= 12 {
		nameSize, size, kind := order.Uint32(notes), order.Uint32(notes[4:]), order.Uint32(notes[8:])
		start := 12 + alignUp4(nameSize)
		end := start + alignUp4(size)
		if end > uint64(len(notes)) {
			return 0, false
		}
		name := strings.TrimRight(string(notes[12:start]), "\x00")
		if name == "Linux" && kind == 0 && size == 4 {
			return order.Uint32(notes[start:]), true
		}
		notes = notes[end:]
	}
	return 0, false
}

func alignUp4(n uint32) uint64 { return (uint64(n) + 3) &^ 3 }
