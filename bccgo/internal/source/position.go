package source

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"
)

// Position is a place in a file: line and column from 1, the column in bytes.
// Column 0 means the line alone is known.
type Position struct {
	File string
	Line int
	Col  int
}

// String formats the position as compilers do, file:line:col.
func (p Position) String() string {
	if p.Col == 0 {
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Map says where the lines of a program text stand in files. A text that was
// put together from several literals can have lines in several files and in
// any order.
type Map struct {
	name  string // identity map when files is nil
	files []*file
	lines []int // offset in the text of each line's first byte
	at    []loc // for every byte of the text, and its end
}

// loc is a byte in one of a map's files.
type loc struct {
	file int32 // index, -1 while unknown
	off  int32
}

// file is a file's name and the offsets of its lines.
type file struct {
	name  string
	lines []int
}

// ForFile maps every line to the same line of the named file: the right map
// for a text that was read from that file whole.
func ForFile(name string) *Map { return &Map{name: name} }

// ForCall maps the lines of a text whose origin is unknown to themselves,
// under a name that tells where the text was handed over: "main.go:42 (C
// text)". Use it when [Locate] finds nothing.
func ForCall(goFile string, goLine int) *Map {
	return ForFile(fmt.Sprintf("%s:%d (C text)", filepath.Base(goFile), goLine))
}

// Files lists the files that were read to find the text; none for a text whose
// origin was given or is unknown. Their names are relative to the working
// directory if that of the Go file was.
func (m *Map) Files() []string {
	names := make([]string, len(m.files))
	for i, f := range m.files {
		names[i] = f.name
	}
	return names
}

// Position translates a place in the text, as the compiler sees it before any
// insertion. Places outside the text give the nearest place inside.
func (m *Map) Position(line, col int) Position {
	if m.files == nil {
		return Position{m.name, max(line, 1), col}
	}
	line = min(max(line, 1), len(m.lines))
	end := len(m.at) - 1
	if line < len(m.lines) {
		end = m.lines[line] - 1
	}
	l := m.at[min(m.lines[line-1]+max(col-1, 0), end)]
	pos := m.files[l.file].position(int(l.off))
	if col == 0 {
		pos.Col = 0
	}
	return pos
}

// TextLine is the reverse of [Map.Position] for lines: the line of the text
// that begins on the given line of a file. It reports false when no line
// does, and when several do (one Go line holding a string with newlines).
func (m *Map) TextLine(name string, line int) (int, bool) {
	if m.files == nil {
		return line, name == m.name
	}
	found := 0
	for i, start := range m.lines {
		if i > 0 && start == len(m.at)-1 {
			break // nothing stands behind the last newline
		}
		if p := m.Position(i+1, 1); p.Line == line && p.File == name {
			if found != 0 {
				return 0, false
			}
			found = i + 1
		}
	}
	return found, found != 0
}

// Shared reports whether several lines of the text begin on one line of a file,
// which [Map.TextLine] cannot tell apart.
func (m *Map) Shared() bool {
	type fileLine struct {
		file int32
		line int
	}
	seen := map[fileLine]bool{}
	for _, start := range m.lines {
		l := m.at[start]
		at := fileLine{l.file, m.files[l.file].position(int(l.off)).Line}
		if seen[at] && start < len(m.at)-1 {
			return true
		}
		seen[at] = true
	}
	return false
}

func newFile(name, text string) *file { return &file{name, lineOffsets(text)} }

func (f *file) position(off int) Position {
	line := sort.SearchInts(f.lines, off+1)
	return Position{f.name, line, off - f.lines[line-1] + 1}
}

// lineOffsets returns the offset of each line's first byte. Text that ends in
// a newline has an empty last line.
func lineOffsets(text string) []int {
	offs := make([]int, 1, strings.Count(text, "\n")+1)
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			offs = append(offs, i+1)
		}
	}
	return offs
}
