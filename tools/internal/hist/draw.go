package hist

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"time"
)

// The measures of a picture, in pixels.
const (
	pictureWidth = 1000
	labelWidth   = 190
	plotWidth    = 760
	top          = 60
	plotHead     = 24
	rowHeight    = 16
	plotFoot     = 34
)

const style = `text { font: 12px monospace; fill: #222 }
text.title { font-size: 17px; text-anchor: middle }
text.slot { text-anchor: end }
rect.cell:hover { stroke: #000 }
`

// drawing writes a picture of counts by slot: as bars if there is one column, else
// as a heat map with time to the right, in which darker cells counted more.
type drawing struct {
	bytes.Buffer
	*picture
	y int
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.Buffer, format, args...) }

// writeSVG draws the picture. A text shows over each bar or cell in a browser.
func (p *picture) writeSVG(w io.Writer) error {
	_, err := w.Write(append([]byte("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"), p.draw()...))
	return err
}

// writeHTML draws the picture into a page that needs no other file.
func (p *picture) writeHTML(w io.Writer) error {
	_, err := fmt.Fprintf(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>%s</title></head>\n<body>\n%s</body>\n</html>\n",
		escape(p.title), p.draw())
	return err
}

func (p *picture) draw() []byte {
	plots, more := p.plots()
	d := &drawing{picture: p, y: top}
	for i := range plots {
		d.plot(&plots[i])
	}
	switch {
	case len(plots) == 0:
		d.text("", labelWidth, "Nothing was counted.")
	case more > 0:
		d.text("", labelWidth, fmt.Sprintf("%d more, which counted less, are not shown.", more))
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%[1]d\" height=\"%[2]d\" viewBox=\"0 0 %[1]d %[2]d\">\n"+
		"<style>\n%[3]s</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fcfcf8\"/>\n"+
		"<text class=\"title\" x=\"%[4]d\" y=\"26\">%[5]s</text>\n", pictureWidth, d.y+plotFoot, style, pictureWidth/2, escape(p.title))
	out.Write(d.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// text writes a line below what is there.
func (d *drawing) text(class string, x int, text string) {
	d.printf("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", class, x, d.y, escape(text))
}

func (d *drawing) plot(one *plot) {
	head := fmt.Sprintf("%d in all", one.total)
	if d.header != "" {
		head = d.header + " = " + one.key + ": " + head
	}
	d.text("", labelWidth, head)
	d.y += plotHead - rowHeight
	for slot := one.last; slot >= one.first; slot-- {
		d.y += rowHeight
		d.text("slot", labelWidth-6, d.values(slot)+" "+d.label)
		if len(d.columns) == 1 {
			d.bar(one, slot)
		} else {
			d.cells(one, slot)
		}
	}
	d.y += plotHead
	if len(d.columns) > 1 {
		d.text("", labelWidth, d.begin.Format(time.TimeOnly))
		d.text("slot", labelWidth+plotWidth, d.columns[len(d.columns)-1].end.Format(time.TimeOnly))
	}
	d.y += plotFoot
}

func (d *drawing) bar(one *plot, slot int) {
	n := at(d.columns[0].sections[one.key], slot)
	d.cell(labelWidth, float64(n)/float64(one.most)*plotWidth, "hsl(210,60%,60%)", fmt.Sprintf("%s %s: %d", d.values(slot), d.label, n))
}

func (d *drawing) cells(one *plot, slot int) {
	width := float64(plotWidth) / float64(len(d.columns))
	for i := range d.columns {
		c := &d.columns[i]
		n := at(c.sections[one.key], slot)
		if n == 0 {
			continue
		}
		d.cell(labelWidth+float64(i)*width, width, shade(n, one.most),
			fmt.Sprintf("%s, %s %s: %d", c.end.Format(time.TimeOnly), d.values(slot), d.label, n))
	}
}

func (d *drawing) cell(x, width float64, fill, title string) {
	d.printf("<rect class=\"cell\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>%s</title></rect>\n",
		x, d.y-12, width, rowHeight-1, fill, escape(title))
}

// shade goes from a light yellow to a dark red by the logarithm of the count: tails
// of distributions are thousandths of their peaks, and are to be seen.
func shade(n, most uint64) string {
	share := 1.0
	if most > 1 {
		share = math.Log(float64(n)) / math.Log(float64(most))
	}
	return fmt.Sprintf("hsl(%.0f,90%%,%.0f%%)", 50-50*share, 80-48*share)
}

// at returns a slot's count. Histograms of other columns can have more slots.
func at(counts []uint64, slot int) uint64 {
	if slot < len(counts) {
		return counts[slot]
	}
	return 0
}

// escape makes a text fit for XML and HTML.
func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // memory takes all
	return b.String()
}
