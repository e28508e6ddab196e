package source

// alignLines finds the origin of lines that were changed when the text was made:
// those in which a placeholder was replaced. Where the lines around one come from
// a fragment, it comes from that fragment's line between them; in a text without
// unchanged lines, from the likeliest line. What both have in common at the start
// and at the end keeps its place, and what stands between is at the placeholder.
func (c *cover) alignLines(likely []*fragment) {
	if c.hasWhole() {
		likely = nil
	}
	for i := range c.lines {
		start, end := c.lineBounds(i)
		if start == end || c.whole(start, end) {
			continue
		}
		if !c.alignTo(i, c.lineAfter(i-1)) && !c.alignTo(i, c.lineBefore(i+1)) {
			c.alignTo(i, c.likeliest(i, likely))
		}
	}
}

// hasWhole tells whether any line, save those next to nothing, is unchanged.
func (c *cover) hasWhole() bool {
	for i := range c.lines {
		if start, end := c.lineBounds(i); weight(c.text[start:end]) > 1 && c.whole(start, end) {
			return true
		}
	}
	return false
}

// whole tells whether a line comes from one fragment as it stands there.
func (c *cover) whole(start, end int) bool {
	for k := start; k < end; k++ {
		if c.from[k] == nil || c.from[k] != c.from[start] || c.off[k] != c.off[start]+k-start {
			return false
		}
	}
	return true
}

// origin is a line of a fragment.
type origin struct {
	*fragment
	start, end int
}

// lineAfter is what follows in the fragment that a line of the text comes from.
func (c *cover) lineAfter(i int) origin {
	if i < 0 {
		return origin{}
	}
	f, off := c.from[c.lines[i]], c.off[c.lines[i]]
	if f == nil {
		return origin{}
	}
	line := f.lineAt(off)
	if line.end == len(f.text) {
		return origin{}
	}
	return f.lineAt(line.end + 1)
}

// lineBefore is what precedes in the fragment that a line of the text comes from.
func (c *cover) lineBefore(i int) origin {
	if i >= len(c.lines) {
		return origin{}
	}
	f, off := c.from[c.lines[i]], c.off[c.lines[i]]
	if f == nil {
		return origin{}
	}
	line := f.lineAt(off)
	if line.start == 0 {
		return origin{}
	}
	return f.lineAt(line.start - 1)
}

// lineAt is the line of a fragment with the byte at off, or the newline there.
func (f *fragment) lineAt(off int) origin {
	o := origin{f, off, off}
	for o.start > 0 && f.text[o.start-1] != '\n' {
		o.start--
	}
	for o.end < len(f.text) && f.text[o.end] != '\n' {
		o.end++
	}
	return o
}

// likeliest is the line that has most in common with a line of the text.
func (c *cover) likeliest(i int, likely []*fragment) origin {
	start, end := c.lineBounds(i)
	var best origin
	most := 0
	for _, f := range likely {
		for off := 0; off <= len(f.text); {
			o := f.lineAt(off)
			if prefix, suffix := common(c.text[start:end], f.text[o.start:o.end]); prefix+suffix > most {
				best, most = o, prefix+suffix
			}
			off = o.end + 1
		}
	}
	return best
}

// alignTo gives a line of the text the places of a fragment's line, if they have
// enough in common: half of the fragment's line, or all but a name.
func (c *cover) alignTo(i int, o origin) bool {
	if o.fragment == nil {
		return false
	}
	start, end := c.lineBounds(i)
	prefix, suffix := common(c.text[start:end], o.text[o.start:o.end])
	if prefix+suffix == 0 || 2*(prefix+suffix) < o.end-o.start || !c.yields(start+prefix, end-suffix, start, end, o.fragment) {
		return false
	}
	for k := start; k <= end && k < len(c.text); k++ {
		off := o.start + min(k-start, prefix)
		if k >= end-suffix {
			off = o.end - (end - k)
		}
		c.at[k], c.from[k], c.off[k] = o.at[off], o.fragment, off
	}
	return true
}

// yields tells whether a line's bytes can be given to a fragment: those known to
// come from another one are in the middle, where the placeholder was, or come from
// a piece of a line.
func (c *cover) yields(from, to, start, end int, f *fragment) bool {
	for k := start; k < end; k++ {
		other := c.from[k]
		if other == nil || other == f || k >= from && k < to {
			continue
		}
		if other.first != other.last || len(other.text) > end-start {
			return false
		}
	}
	return true
}

// common counts the bytes that two lines have in common at the start, and at the
// end of what remains.
func common(a, b string) (prefix, suffix int) {
	n := min(len(a), len(b))
	for prefix < n && a[prefix] == b[prefix] {
		prefix++
	}
	for suffix < n-prefix && a[len(a)-1-suffix] == b[len(b)-1-suffix] {
		suffix++
	}
	return prefix, suffix
}
