package source

import (
	"cmp"
	"slices"
	"strings"
)

// cover finds for every byte of a text the fragment it came from.
type cover struct {
	text  string
	lines []int
	at    []loc
	from  []*fragment // nil while a byte has no origin
	off   []int       // the byte in the fragment
}

func newCover(text string) *cover {
	c := &cover{text: text, lines: lineOffsets(text)}
	c.at = make([]loc, len(text)+1)
	c.from = make([]*fragment, len(text)+1)
	c.off = make([]int, len(text)+1)
	return c
}

// A likely fragment may match in a few bytes or a single line. Others must
// match in more, because all C texts have some lines in common.
const (
	likelyBytes, otherBytes   = 4, 16
	likelyWeight, otherWeight = lineWeight, 3 * lineWeight
)

// mostLines is the share of known lines from which on a text counts as found,
// and nearlyAll the share that makes less likely fragments not worth trying.
const mostLines, nearlyAll = 0.6, 0.9

// placeAll matches the tiers in order until the text is covered.
func (c *cover) placeAll(tiers [][]*fragment) {
	for i, tier := range tiers {
		size, weight := otherBytes, otherWeight
		if i == 0 {
			size, weight = likelyBytes, likelyWeight
		}
		// The longest first: it leaves no room for chance matches inside it.
		slices.SortStableFunc(tier, func(a, b *fragment) int { return cmp.Compare(len(b.text), len(a.text)) })
		for k := range tier {
			c.placeWhole(tier[k], size)
		}
		c.placeByLines(tier, weight)
		if c.covered() >= nearlyAll {
			return
		}
	}
}

// covered is the share of lines, blank ones aside, whose origin is known.
func (c *cover) covered() float64 {
	known, all := 0, 0
	for i := range c.lines {
		start, end := c.lineBounds(i)
		if strings.TrimSpace(c.text[start:end]) == "" {
			continue
		}
		all++
		if !c.free(start, end) {
			known++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(known) / float64(all)
}

// lineBounds returns the offsets of a line without its newline.
func (c *cover) lineBounds(i int) (start, end int) {
	if i+1 < len(c.lines) {
		return c.lines[i], c.lines[i+1] - 1
	}
	return c.lines[i], len(c.text)
}

func (c *cover) free(start, end int) bool {
	for _, f := range c.from[start:end] {
		if f != nil {
			return false
		}
	}
	return true
}

// assign notes that n bytes of the text come from a fragment's bytes at off.
func (c *cover) assign(start int, f *fragment, off, n int) {
	for i := range n {
		c.at[start+i] = f.at[off+i]
		c.from[start+i] = f
		c.off[start+i] = off + i
	}
}

// placeWhole finds every place where the fragment stands unchanged in the
// text, or the text in the fragment.
func (c *cover) placeWhole(f *fragment, least int) {
	if at := strings.Index(f.text, c.text); at >= 0 && c.free(0, len(c.text)) {
		c.assign(0, f, at, len(c.text))
		return
	}
	if len(strings.TrimSpace(f.text)) < least {
		return
	}
	for start := 0; ; {
		at := strings.Index(c.text[start:], f.text)
		if at < 0 {
			return
		}
		start += at
		if c.free(start, start+len(f.text)) {
			c.assign(start, f, 0, len(f.text))
			start += len(f.text)
			continue
		}
		start++
	}
}

// interpolate gives the bytes without origin a place near those with one. It
// reports false when no byte has one.
func (c *cover) interpolate(files []*file) bool {
	if !slices.ContainsFunc(c.from, func(f *fragment) bool { return f != nil }) {
		return false
	}
	for i := 0; i < len(c.from); {
		if c.from[i] != nil {
			i++
			continue
		}
		end := i
		for end < len(c.from) && c.from[end] == nil {
			end++
		}
		c.fill(i, end, files)
		i = end
	}
	return true
}

// fill places the bytes of a gap: on the lines after the text before the gap,
// as long as those come before the text after it.
func (c *cover) fill(start, end int, files []*file) {
	if start == 0 {
		c.fillStart(end, files)
		return
	}
	before, owner := c.at[start-1], c.from[start-1]
	f := files[before.file]
	pos := f.position(int(before.off))
	line, limit := pos.Line, owner.last
	if c.from[min(end, len(c.text))] == owner {
		next := lastLineBefore(f.position(int(c.at[end].off)), c.text[end-1])
		if next >= line {
			limit = next
		}
	}
	col := pos.Col
	for i := start; i < end; i++ {
		if c.text[i-1] == '\n' {
			line, col = min(line+1, limit), 0
		}
		c.at[i] = f.locAt(before.file, line, col)
		col++
	}
}

// fillStart places a gap at the start of the text, counting back from what
// follows but not past the start of its literal.
func (c *cover) fillStart(end int, files []*file) {
	after, owner := c.at[end], c.from[end]
	f := files[after.file]
	line := f.position(int(after.off)).Line - strings.Count(c.text[:end], "\n")
	col := 0
	if line <= owner.first {
		col = f.position(int(owner.at[0].off)).Col - 1
	}
	for i := range end {
		c.at[i] = f.locAt(after.file, max(line, owner.first), col)
		col++
		if c.text[i] == '\n' {
			line, col = line+1, 0
		}
	}
}

// lastLineBefore is the last line a gap can reach when the text goes on at
// next: the line before it if the gap ends with a newline.
func lastLineBefore(next Position, lastByte byte) int {
	if lastByte == '\n' {
		return next.Line - 1
	}
	return next.Line
}

// locAt is the place of a line's byte, or of its end if it is shorter.
func (f *file) locAt(id int32, line, col int) loc {
	off := f.lines[line-1] + col
	if line < len(f.lines) {
		off = min(off, f.lines[line]-1)
	}
	return loc{id, int32(off)}
}
