package usym

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// maxPerfMap is how much of a perf map is read. The largest real ones, of Java
// servers, have some 20 MiB.
const maxPerfMap = 256 << 20

// perfMap is the functions that a just-in-time compiler has made, from the
// file perf-PID.map that it writes.
type perfMap struct {
	pieces
	symbols []symbol
	names   string
}

// readPerfMap reads a perf map up to a size.
func readPerfMap(file *os.File, size int64) (*perfMap, error) {
	if size > maxPerfMap {
		return nil, fmt.Errorf("read %s: its %d bytes are too many", file.Name(), size)
	}
	text := make([]byte, size)
	n, err := file.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", file.Name(), err)
	}
	return parsePerfMap(text[:n]), nil
}

// parsePerfMap reads lines "START SIZE NAME", the numbers in hexadecimal. A
// later line replaces what earlier ones said of its place, as the compiler has
// used that memory again. Lines that make no sense are passed over: the last
// one may not be written to its end yet.
func parsePerfMap(text []byte) *perfMap {
	p := &perfMap{}
	var names strings.Builder
	var spans []span
	for {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if !ended {
			break
		}
		text = rest
		start, size, name, ok := parsePerfLine(string(line))
		if !ok {
			continue
		}
		spans = append(spans, span{start: start, end: start + size, owner: uint32(len(p.symbols))})
		p.symbols = append(p.symbols, symbol{addr: start, name: uint32(names.Len())})
		names.WriteString(name)
		names.WriteByte(0)
	}
	p.names = names.String()
	p.pieces = flatten(spans, func(a, b span) bool { return a.owner > b.owner })
	return p
}

func parsePerfLine(line string) (start, size uint64, name string, ok bool) {
	fields := strings.SplitN(line, " ", 3)
	if len(fields) < 3 {
		return 0, 0, "", false
	}
	start, startErr := strconv.ParseUint(strings.TrimPrefix(fields[0], "0x"), 16, 64)
	size, sizeErr := strconv.ParseUint(strings.TrimPrefix(fields[1], "0x"), 16, 64)
	name = strings.TrimSpace(strings.ReplaceAll(fields[2], "\x00", ""))
	return start, size, name, startErr == nil && sizeErr == nil && start+size > start && name != ""
}

// lookup returns the function that contains an address.
func (p *perfMap) lookup(addr uint64) (name string, offset uint64, ok bool) {
	owner := p.find(addr)
	if owner == nobody {
		return "", 0, false
	}
	s := p.symbols[owner]
	return cString(p.names[s.name:]), addr - s.addr, true
}
