package source

import (
	"cmp"
	"slices"
	"strings"
)

// lineWeight is what a matching line counts; a line that is next to nothing
// (a brace, a blank) counts 1.
const lineWeight = 8

// maxCells bounds the table of a comparison: 4000 by 4000 lines.
const maxCells = 16 << 20

// placeByLines matches lines that no fragment holds in place as a whole: for
// texts whose placeholders were replaced or whose indentation was changed.
// The fragment with the most lines in common goes first.
func (c *cover) placeByLines(tier []*fragment, least int) {
	rest := lined(tier)
	for range tier {
		lines := c.freeLines()
		var best []pair
		var owner *fragment
		rest, best, owner = bestMatch(rest, lines, least)
		if owner == nil {
			return
		}
		for _, p := range best {
			c.assignLine(p.a, owner, p.b)
		}
	}
}

// linedFragment is a fragment with its lines.
type linedFragment struct {
	*fragment
	nth    int // in the tier
	lines  []textLine
	counts lineCounts
	bound  int // no more than this can be in common
}

func lined(tier []*fragment) []linedFragment {
	out := make([]linedFragment, len(tier))
	for i, f := range tier {
		lines := fragmentLines(f.text)
		out[i] = linedFragment{fragment: f, nth: i, lines: lines, counts: countLines(lines)}
	}
	return out
}

// lineCounts says how often a line occurs.
type lineCounts map[string]int

func countLines(lines []textLine) lineCounts {
	counts := make(lineCounts, len(lines))
	for _, l := range lines {
		counts[l.text]++
	}
	return counts
}

// common is the weight of the lines that both have, whatever their order.
func (c lineCounts) common(other lineCounts) int {
	sum := 0
	for line, n := range c {
		sum += min(n, other[line]) * int(weight(line))
	}
	return sum
}

// bestMatch finds the fragment with the most lines in common, and what these
// are. It returns the fragments that are worth trying again: the lines to find
// become fewer, so those with too little in common stay without.
//
// A package has thousands of strings, nearly all of which have nothing to do with
// the text. Counting lines, whatever their order, tells them and says which to
// compare first; the others are left once they cannot do better.
func bestMatch(tier []linedFragment, lines []textLine, least int) (rest []linedFragment, best []pair, owner *fragment) {
	wanted := countLines(lines)
	for _, f := range tier {
		if f.bound = f.counts.common(wanted); f.bound >= least {
			rest = append(rest, f)
		}
	}
	slices.SortFunc(rest, func(a, b linedFragment) int {
		return cmp.Or(cmp.Compare(b.bound, a.bound), cmp.Compare(a.nth, b.nth))
	})
	most, nth := least-1, 0
	for _, f := range rest {
		if f.bound < most || f.bound == most && f.nth > nth {
			break
		}
		pairs, weight := commonLines(keep(lines, f.counts), keep(f.lines, wanted))
		if weight > most || weight == most && owner != nil && f.nth < nth {
			best, owner, most, nth = pairs, f.fragment, weight, f.nth
		}
	}
	return rest, best, owner
}

// keep returns the lines that are counted.
func keep(lines []textLine, counts lineCounts) []textLine {
	var out []textLine
	for _, l := range lines {
		if counts[l.text] > 0 {
			out = append(out, l)
		}
	}
	return out
}

// textLine is a line without the white space around it.
type textLine struct {
	start int // offset of the first byte after the indentation
	text  string
	end   int // offset of the line's end
}

func fragmentLines(text string) []textLine {
	offs := lineOffsets(text)
	out := make([]textLine, len(offs))
	for i, off := range offs {
		end := len(text)
		if i+1 < len(offs) {
			end = offs[i+1] - 1
		}
		out[i] = trimLine(text, off, end)
	}
	return out
}

func trimLine(text string, start, end int) textLine {
	body := strings.TrimRight(text[start:end], " \t")
	trimmed := strings.TrimLeft(body, " \t")
	return textLine{start + len(body) - len(trimmed), trimmed, end}
}

// freeLines are the lines of the text without any known byte. Blank ones, which
// have none to know, are left out: they would be found again and again.
func (c *cover) freeLines() []textLine {
	var out []textLine
	for i := range c.lines {
		start, end := c.lineBounds(i)
		if line := trimLine(c.text, start, end); line.text != "" && c.free(start, end) {
			out = append(out, line)
		}
	}
	return out
}

// assignLine notes that a line of the text is a line of the fragment. The
// indentation belongs to it as far as both have one.
func (c *cover) assignLine(a textLine, f *fragment, b textLine) {
	c.assign(a.start, f, b.start, len(a.text))
	for i := a.start - 1; i >= 0 && c.text[i] != '\n' && c.from[i] == nil; i-- {
		off := max(b.start-(a.start-i), b.start-indent(f.text, b.start))
		c.at[i], c.from[i], c.off[i] = f.at[off], f, off
	}
	for i := a.start + len(a.text); i <= a.end && i < len(c.text); i++ {
		if c.from[i] == nil {
			c.at[i], c.from[i], c.off[i] = f.at[b.end], f, b.end
		}
	}
}

// indent counts the bytes between the start of a line and an offset in it.
func indent(text string, off int) int {
	return off - (strings.LastIndexByte(text[:off], '\n') + 1)
}

// pair is a line of the text and the line of a fragment that equals it.
type pair struct{ a, b textLine }

// commonLines finds the longest common subsequence of two texts by weight.
func commonLines(a, b []textLine) ([]pair, int) {
	if len(a) == 0 || len(a)*len(b) > maxCells {
		return nil, 0
	}
	width := len(b) + 1
	best := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			cell := max(best[(i+1)*width+j], best[i*width+j+1])
			if a[i].text == b[j].text {
				cell = max(cell, best[(i+1)*width+j+1]+weight(a[i].text))
			}
			best[i*width+j] = cell
		}
	}
	return tracePairs(a, b, best), int(best[0])
}

func tracePairs(a, b []textLine, best []int32) []pair {
	width := len(b) + 1
	var out []pair
	for i, j := 0, 0; i < len(a) && j < len(b); {
		cell := best[i*width+j]
		switch {
		case cell == best[(i+1)*width+j]:
			i++
		case cell == best[i*width+j+1]:
			j++
		default:
			out = append(out, pair{a[i], b[j]})
			i, j = i+1, j+1
		}
	}
	return out
}

func weight(line string) int32 {
	if len(line) < 3 {
		return 1
	}
	return lineWeight
}
