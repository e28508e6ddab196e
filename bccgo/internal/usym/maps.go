package usym

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// mapping is executable memory of a process.
type mapping struct {
	place
	loaded *atomic.Pointer[entryFile] // the file it is of, once needed
}

// place is a line of /proc/PID/maps.
type place struct {
	start, end uint64
	offset     uint64 // in the file, of start
	device     string
	inode      uint64
	path       string // as the process sees it; or a word such as [vdso]
	deleted    bool   // the file is no longer at path
}

const vdso = "[vdso]"

// isFile reports whether the memory is of a file that may be an ELF file.
func (p *place) isFile() bool {
	return p.inode != 0 && strings.HasPrefix(p.path, "/")
}

// module is what the place is called where its functions are shown.
func (p *place) module() string {
	if p.isFile() || p.path == vdso {
		return p.path
	}
	return ""
}

// parseMaps returns the executable mappings of /proc/PID/maps, in the order of
// addresses.
func parseMaps(text []byte) ([]mapping, error) {
	var list []mapping
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		p, exec, err := parsePlace(string(line))
		if err != nil {
			return nil, err
		}
		if exec {
			list = append(list, mapping{place: p, loaded: new(atomic.Pointer[entryFile])})
		}
	}
	return list, nil
}

// parsePlace reads "START-END PERMS OFFSET DEVICE INODE      PATH".
func parsePlace(line string) (p place, exec bool, err error) {
	fields := strings.SplitN(line, " ", 6)
	if len(fields) < 5 {
		return p, false, fmt.Errorf("mapping %q has too few fields", line)
	}
	start, end, _ := strings.Cut(fields[0], "-")
	for _, number := range []struct {
		text string
		base int
		to   *uint64
	}{{start, 16, &p.start}, {end, 16, &p.end}, {fields[2], 16, &p.offset}, {fields[4], 10, &p.inode}} {
		if *number.to, err = strconv.ParseUint(number.text, number.base, 64); err != nil {
			return p, false, fmt.Errorf("mapping %q: %w", line, err)
		}
	}
	if p.end < p.start {
		return p, false, fmt.Errorf("mapping %q ends before it begins", line)
	}
	p.device = fields[3]
	if len(fields) == 6 {
		p.path = strings.ReplaceAll(strings.TrimLeft(fields[5], " "), `\012`, "\n")
		p.path, p.deleted = strings.CutSuffix(p.path, " (deleted)")
	}
	return p, strings.Contains(fields[1], "x"), nil
}
