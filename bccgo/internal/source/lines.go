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
	for range tier {
		lines := c.freeLines()
		var best []pair
		var owner *fragment
		most := least - 1
		for k := range tier {
			if pairs, weight := commonLines(lines, fragmentLines(tier[k].text)); weight > most {
				best, owner, most = pairs, tier[k], weight
			}
		}
		if owner == nil {
			return
		}
		for _, p := range best {
			c.assignLine(p.a, owner, p.b)
		}
	}
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
