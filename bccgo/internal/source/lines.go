package source

import "strings"

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
	lines []textLine
	has   map[string]bool
}

func lined(tier []*fragment) []linedFragment {
	out := make([]linedFragment, len(tier))
	for i, f := range tier {
		lines := fragmentLines(f.text)
		out[i] = linedFragment{f, lines, lineSet(lines)}
	}
	return out
}

func lineSet(lines []textLine) map[string]bool {
	set := make(map[string]bool, len(lines))
	for _, l := range lines {
		set[l.text] = true
	}
	return set
}

// bestMatch finds the fragment with the most lines in common, and what these
// are. It returns the fragments that are worth trying again: the lines to find
// become fewer, so those with too little in common stay without.
//
// A package has thousands of strings, nearly all of which share no line with a C
// text: they are told by the sets of lines, before any comparison.
func bestMatch(tier []linedFragment, lines []textLine, least int) (rest []linedFragment, best []pair, owner *fragment) {
	wanted := lineSet(lines)
	most := least - 1
	for _, f := range tier {
		shared := keep(f.lines, wanted)
		bound := totalWeight(shared)
		if bound < least {
			continue
		}
		rest = append(rest, f)
		if bound <= most {
			continue
		}
		if pairs, weight := commonLines(keep(lines, f.has), shared); weight > most {
			best, owner, most = pairs, f.fragment, weight
		}
	}
	return rest, best, owner
}

// keep returns the lines that are in a set.
func keep(lines []textLine, set map[string]bool) []textLine {
	var out []textLine
	for _, l := range lines {
		if set[l.text] {
			out = append(out, l)
		}
	}
	return out
}

func totalWeight(lines []textLine) int {
	sum := 0
	for _, l := range lines {
		sum += int(weight(l.text))
	}
	return sum
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

// freeLines are the lines of the text without any known byte.
func (c *cover) freeLines() []textLine {
	var out []textLine
	for i := range c.lines {
		if start, end := c.lineBounds(i); c.free(start, end) {
			out = append(out, trimLine(c.text, start, end))
		}
	}
	return out
}

// assignLine notes that a line of the text is a line of the fragment. The
// indentation belongs to it as far as both have one.
func (c *cover) assignLine(a textLine, f *fragment, b textLine) {
	c.assign(a.start, f, b.start, len(a.text))
	for i := a.start - 1; i >= 0 && c.text[i] != '\n' && c.from[i] == nil; i-- {
		c.at[i], c.from[i] = f.at[max(b.start-(a.start-i), b.start-indent(f.text, b.start))], f
	}
	for i := a.start + len(a.text); i <= a.end && i < len(c.text); i++ {
		if c.from[i] == nil {
			c.at[i], c.from[i] = f.at[b.end], f
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
