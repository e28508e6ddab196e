package hist

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/outfile"
)

// Pictures are the files of --svg and --html. A Report has them; tools that print on
// their own use them apart: Open, Begin when the tracing begins, Draw with each
// output, and Write at the end.
type Pictures struct {
	svg, html string
	files     outfile.Set
	picture   picture
}

// PictureFlags are --svg and --html.
func (p *Pictures) PictureFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "svg", Usage: "draw the whole run into `FILE`: as bars, or with an interval as a heat map over time", Destination: &p.svg},
		&cli.StringFlag{Name: "html", Usage: "draw it into `FILE` as a page for a browser", Destination: &p.html},
	}
}

// Pictures tells whether a picture is asked for.
func (p *Pictures) Pictures() bool { return p.svg != "" || p.html != "" }

// Open prepares the files for pictures that title heads. The caller closes them.
func (p *Pictures) Open(title string) error {
	p.picture.title = title
	if err := p.files.Open("--svg", p.svg, p.picture.writeSVG); err != nil {
		return err
	}
	return p.files.Open("--html", p.html, p.picture.writeHTML)
}

// Begin notes the time at which heat maps begin.
func (p *Pictures) Begin() { p.picture.begin = time.Now() }

// Draw adds what was counted until now, since the last time.
func (p *Pictures) Draw(now time.Time, h *Histograms) {
	if p.Pictures() {
		p.picture.add(now, h)
	}
}

// Write writes the files.
func (p *Pictures) Write() error { return p.files.Write() }

// Close removes pictures that were not drawn.
func (p *Pictures) Close() error { return p.files.Close() }
