package source

import (
	"errors"
	"fmt"
	"os"
)

// ErrNoSource says that the Go file is not on this machine: the program was
// built elsewhere, or with -trimpath.
var ErrNoSource = errors.New("the Go source is not on this machine")

// ErrNotFound says that no line of the text is in the package's source.
var ErrNotFound = errors.New("no literal or embedded file holds the text")

// Locate finds where in the source of a Go program the string text comes
// from, given the file and line of the call it was passed to, as
// [runtime.Caller] reports them.
//
// The text may be one literal, a concatenation, a constant or variable of the
// package, a file embedded from the package's directory, or made from these
// with placeholders replaced: pieces that occur unchanged are found exactly,
// changed pieces through the lines that did not change, and the lines between
// are counted. Pieces that the call's arguments lead to are preferred, then
// those of the calling function, the file and the package.
//
// Files of other packages that parts of the text come from may be given, too.
//
// The error wraps [ErrNoSource] or [ErrNotFound]; [ForCall] is the map to use
// then.
func Locate(goFile string, goLine int, text string, more ...string) (*Map, error) {
	p := &goPackage{}
	main, err := p.load(goFile)
	if err != nil {
		return nil, fmt.Errorf("locate the C text passed at %s:%d: %w: %w", goFile, goLine, ErrNoSource, err)
	}
	for _, name := range more {
		_, _ = p.load(name) // only a place to look
	}
	c := newCover(text)
	tiers := p.tiers(main, goLine)
	c.placeAll(tiers)
	if known := c.covered(); known < mostLines || p.unresolved && known < 1 {
		p.loadSiblings(goFile)
		c = newCover(text)
		tiers = p.tiers(main, goLine)
		c.placeAll(tiers)
	}
	c.alignLines(tiers[0])
	if !c.interpolate(p.files) {
		return nil, fmt.Errorf("locate the C text passed at %s:%d: %w", goFile, goLine, ErrNotFound)
	}
	return &Map{files: p.files, lines: lineOffsets(text), at: c.at}, nil
}

// fragment is a string of the Go program and the place of each of its bytes.
type fragment struct {
	text        string
	at          []loc // one more than bytes: the end has a place too
	first, last int   // lines of the file
}

// goPackage is what has been read of a Go package.
type goPackage struct {
	files      []*file // positions in fragments refer to these
	sources    []*goSource
	index      goIndex
	embedded   []*fragment
	unresolved bool // a name was met that no file read so far defines
}

// addFile registers a file, so that fragments can point into it.
func (p *goPackage) addFile(name, text string) int32 {
	p.files = append(p.files, newFile(name, text))
	return int32(len(p.files) - 1)
}

// wholeFile returns a file as a fragment.
func (p *goPackage) wholeFile(name string) (*fragment, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	id := p.addFile(name, string(data))
	at := make([]loc, len(data)+1)
	for i := range at {
		at[i] = loc{id, int32(i)}
	}
	return p.fragment(string(data), at), nil
}

func (p *goPackage) fragment(text string, at []loc) *fragment {
	f := &fragment{text: text, at: at}
	f.first = p.line(at[0])
	f.last = p.line(at[len(at)-1])
	return f
}

func (p *goPackage) line(l loc) int { return p.files[l.file].position(int(l.off)).Line }
