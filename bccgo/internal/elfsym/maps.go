package elfsym

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Mapping is one line of /proc/PID/maps that maps a file.
type Mapping struct {
	Start, End uint64 // addresses
	Offset     uint64 // in the file, of Start
	Exec       bool
	Path       string // as the process sees it
	Deleted    bool   // the file is no longer at Path
}

// Mappings lists the files a process has mapped, in the order of addresses.
func Mappings(root rootfs.FS, pid int) ([]Mapping, error) {
	file, err := root.Open(procPath(pid, "maps"))
	if err != nil {
		return nil, fmt.Errorf("read the mappings of process %d: %w", pid, err)
	}
	defer file.Close()
	mappings, err := parseMaps(file)
	if err != nil {
		return nil, fmt.Errorf("read the mappings of process %d: %w", pid, err)
	}
	return mappings, nil
}

func procPath(pid int, name string) string {
	return "/proc/" + strconv.Itoa(pid) + "/" + name
}

func parseMaps(r io.Reader) ([]Mapping, error) {
	var mappings []Mapping
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m, ok, err := parseMapping(lines.Text())
		if err != nil {
			return nil, err
		}
		if ok {
			mappings = append(mappings, m)
		}
	}
	return mappings, lines.Err()
}

// parseMapping reads one line; ok is false for memory without a file.
func parseMapping(line string) (m Mapping, ok bool, err error) {
	// ADDRESS-ADDRESS PERMS OFFSET DEVICE INODE      PATH
	fields := strings.SplitN(line, " ", 6)
	if len(fields) < 5 {
		return m, false, fmt.Errorf("mapping %q has too few fields", line)
	}
	start, end, _ := strings.Cut(fields[0], "-")
	for _, number := range []struct {
		text string
		to   *uint64
	}{{start, &m.Start}, {end, &m.End}, {fields[2], &m.Offset}} {
		if *number.to, err = strconv.ParseUint(number.text, 16, 64); err != nil {
			return m, false, fmt.Errorf("mapping %q: %w", line, err)
		}
	}
	m.Exec = strings.Contains(fields[1], "x")
	if len(fields) == 6 {
		m.Path = strings.TrimLeft(fields[5], " ")
	}
	if !strings.HasPrefix(m.Path, "/") {
		return m, false, nil
	}
	m.Path = strings.ReplaceAll(m.Path, `\012`, "\n")
	m.Path, m.Deleted = strings.CutSuffix(m.Path, " (deleted)")
	return m, true, nil
}
