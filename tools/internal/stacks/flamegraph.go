package stacks

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"unicode/utf8"
)

//go:embed flamegraph.js
var script string

// The measures of a flame graph, in pixels.
const (
	graphWidth = 1200
	sideMargin = 10
	topMargin  = 64
	bottom     = 34
	rowHeight  = 17
	charWidth  = 7.2
	// Narrower boxes are left out, as they could not be seen before a zoom to a
	// thousandth of the picture.
	leastWidth = 0.02
)

const style = `text { font: 12px monospace; fill: #222; pointer-events: none }
text.title { font-size: 17px; text-anchor: middle }
text.button { fill: #06c; cursor: pointer; pointer-events: all }
g.box { cursor: pointer }
g.box:hover rect { stroke: #000; stroke-width: 0.7 }
g.found rect { fill: #e0f }
g.outer { opacity: 0.5 }
`

// WriteFlameGraph writes the samples as a picture that shows how much each function
// and those that it calls have to do with it: functions stand on their callers, as
// wide as their counts. In a browser, a click on a box makes it as wide as the
// picture, and functions can be searched for. The file needs no other.
func WriteFlameGraph(w io.Writer, r *Run) error {
	tree := newTree(r.Samples)
	g := &graph{w: w, unit: r.Unit, total: tree.count, rows: tree.depth(leastCount(tree.count))}
	height := topMargin + g.rows*rowHeight + bottom
	g.printf(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d">
<style>
%[3]s</style>
<rect width="100%%" height="100%%" fill="#fcfcf8"/>
<text class="title" x="%[4]d" y="26">%[5]s</text>
<text class="button" id="reset" x="%[6]d" y="46" visibility="hidden">Reset zoom</text>
<text class="button" id="search" x="%[7]d" y="46">Search</text>
<text id="found" x="%[7]d" y="%[8]d"> </text>
<text id="details" x="%[6]d" y="%[8]d"> </text>
<g id="boxes">
`, graphWidth, height, style, graphWidth/2, escape(r.Title), sideMargin, graphWidth-sideMargin-250, height-12)
	if tree.count == 0 {
		g.printf("<text x=\"%d\" y=\"%d\">Nothing was counted.</text>\n", sideMargin, topMargin)
	}
	g.box(tree, 0, 0)
	g.printf("</g>\n<script>\n<![CDATA[\n%s]]>\n</script>\n</svg>\n", script)
	return g.err
}

// graph writes boxes.
type graph struct {
	w     io.Writer
	err   error
	unit  string
	total uint64
	rows  int
}

func (g *graph) printf(format string, args ...any) {
	if g.err == nil {
		_, g.err = fmt.Fprintf(g.w, format, args...)
	}
}

// leastCount is that of a box that can be seen.
func leastCount(total uint64) uint64 {
	return max(1, uint64(float64(total)*leastWidth/(graphWidth-2*sideMargin)))
}

// depth is how many rows a box takes.
func (b *box) depth(least uint64) int {
	below := 0
	for _, inner := range b.calls {
		if inner.count >= least {
			below = max(below, inner.depth(least))
		}
	}
	return below + 1
}

// box writes a box and those above it. Its left end is what is counted before it.
func (g *graph) box(b *box, before uint64, row int) {
	if b.count < leastCount(g.total) {
		return
	}
	share := float64(b.count) / float64(g.total)
	left, width := float64(before)/float64(g.total), share*(graphWidth-2*sideMargin)
	x, y := sideMargin+left*(graphWidth-2*sideMargin), topMargin+(g.rows-1-row)*rowHeight
	name := escape(b.name)
	g.printf(`<g class="box" data-x="%.9g" data-w="%.9g" data-r="%d"><title>%s (%d %s, %.2f%%)</title>`+
		`<rect x="%.2f" y="%d" width="%.2f" height="%d" fill="%s" rx="1"/><text x="%.2f" y="%d">%s</text></g>`+"\n",
		left, share, row, name, b.count, g.unit, 100*share, x, y, width, rowHeight-1, color(b.boxID), x+3, y+12, escape(cut(b.name, width)))
	for _, inner := range b.sorted() {
		g.box(inner, before, row+1)
		before += inner.count
	}
}

// color is the same for the same function everywhere.
func color(id boxID) string {
	hash := fnv.New32a()
	io.WriteString(hash, id.name)
	shade := hash.Sum32()
	hue := map[string]uint32{kindAll: 60, kindProcess: 210, kindUser: 45, kindKernel: 15, kindWaker: 140}[id.kind]
	return fmt.Sprintf("hsl(%d,%d%%,%d%%)", hue+shade%25, 60+shade/25%30, 62+shade/750%14)
}

// cut is as much of a text as goes into a width.
func cut(text string, width float64) string {
	room := int((width - 6) / charWidth)
	switch {
	case room < 3:
		return ""
	case utf8.RuneCountInString(text) <= room:
		return text
	}
	return string([]rune(text)[:room-2]) + ".."
}

// escape makes a text fit for XML: characters that XML does not know become
// replacement characters.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // memory takes all
	return b.String()
}
