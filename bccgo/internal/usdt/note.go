package usdt

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"slices"
)

const (
	noteSection = ".note.stapsdt"
	baseSection = ".stapsdt.base"
	noteOwner   = "stapsdt\x00"
	noteType    = 3
	noteHeader  = 12
)

// Open reads the probes of the file at path. A file without probes is no error.
// Errors are *FormatError or those of opening it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read probes: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read probes: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, &FormatError{Path: path, Reason: "it is not a regular file"}
	}
	return Read(path, f, info.Size())
}

// Read is Open of what was opened; path is for messages.
func Read(path string, r io.ReaderAt, size int64) (*File, error) {
	m, err := readImage(path, r, size)
	if err != nil {
		return nil, err
	}
	n := notes{image: m, file: &File{Path: path, Machine: m.machine}, index: make(map[string]int)}
	n.base = slices.IndexFunc(m.sections, func(s section) bool { return s.name == baseSection })
	left := m.size
	for _, s := range m.sections {
		if s.name != noteSection || s.kind != elf.SHT_NOTE {
			continue
		}
		if s.size > left { // several that overlap
			return nil, m.fail("its probes take more bytes than the file has", nil)
		}
		left -= s.size
		if err := n.read(s); err != nil {
			return nil, err
		}
	}
	return n.file, nil
}

// notes is on the way through a file's notes.
type notes struct {
	image *image
	file  *File
	index map[string]int // of probes, by provider and name
	base  int            // the section that shows what was moved, -1 if none does
}

// read reads a section: notes of three numbers (the sizes of the owner's name
// and of the content, and the type) with what they tell of, each at a multiple
// of 4 bytes.
func (n *notes) read(s section) error {
	data, err := n.image.read(s.offset, s.size)
	if err != nil {
		return err
	}
	order := n.image.order
	for len(data) >= noteHeader {
		owner, size, kind := uint64(order.Uint32(data)), uint64(order.Uint32(data[4:])), order.Uint32(data[8:])
		from := noteHeader + (owner+3)&^3
		if end := from + size; end > uint64(len(data)) {
			return n.image.fail("a probe's note is cut off", nil)
		}
		if kind == noteType && string(data[noteHeader:noteHeader+owner]) == noteOwner {
			if err := n.probe(data[from : from+size]); err != nil {
				return err
			}
		}
		data = data[min(from+(size+3)&^3, uint64(len(data))):]
	}
	return nil
}

// probe reads a note's content: three addresses, then three texts.
func (n *notes) probe(content []byte) error {
	m := n.image
	width := 4
	if m.wide {
		width = 8
	}
	if len(content) < 3*width {
		return m.fail("a probe's note is too short", nil)
	}
	pc, base, semaphore := m.word(content), m.word(content[width:]), m.word(content[2*width:])
	rest := string(content[3*width:])
	var words [3]string
	for i := range words {
		word, ok := text(rest, 0)
		if !ok {
			return m.fail("a probe's note has a text that does not end", nil)
		}
		words[i], rest = word, rest[len(word)+1:]
	}
	if words[0] == "" || words[1] == "" {
		return m.fail("a probe has no name", nil)
	}
	n.add(words[0], words[1], n.location(pc, base, semaphore, words[2]))
	return nil
}

// location puts right what prelink(8) and the like moved since the note was
// written, which the section made for that tells.
func (n *notes) location(pc, base, semaphore uint64, arguments string) Location {
	m := n.image
	if n.base >= 0 {
		moved := m.sections[n.base].addr - base
		pc += moved
		if semaphore != 0 {
			semaphore += moved
		}
	}
	l := Location{Address: pc, Semaphore: semaphore}
	var ok bool
	if l.Offset, ok = m.fileOffset(pc); !ok {
		l.Err = m.fail(fmt.Sprintf("the probe's address %#x is not in the file's code", pc), nil)
	}
	if semaphore != 0 && l.Err == nil {
		if l.SemaphoreOffset, ok = m.fileOffset(semaphore); !ok {
			l.Err = m.fail(fmt.Sprintf("the semaphore's address %#x is not in the file's data", semaphore), nil)
		}
	}
	l.Arguments = m.arguments(pc, arguments)
	return l
}

// add files a location under its probe. Linkers may write one twice.
func (n *notes) add(provider, name string, l Location) {
	key := provider + "\x00" + name
	i, known := n.index[key]
	if !known {
		i = len(n.file.Probes)
		n.index[key] = i
		n.file.Probes = append(n.file.Probes, Probe{Provider: provider, Name: name})
	}
	p := &n.file.Probes[i]
	if last := len(p.Locations) - 1; last >= 0 && sameLocation(p.Locations[last], l) {
		return
	}
	p.Locations = append(p.Locations, l)
}

func sameLocation(a, b Location) bool {
	return a.Address == b.Address && a.Semaphore == b.Semaphore && slices.EqualFunc(a.Arguments, b.Arguments,
		func(x, y Argument) bool { return x.Spec == y.Spec })
}
