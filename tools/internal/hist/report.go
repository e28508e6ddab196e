package hist

import (
	"bytes"
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/outfile"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Report prints histograms as often as the arguments say.
type Report struct {
	Rounds
	// Timestamp asks for the time of day above each output.
	Timestamp bool
	// Print prints an output of Run; nil means PrintHistograms.
	Print func(s *toolkit.Session, now time.Time, h *Histograms) error

	svg, html string
	files     outfile.Set
	picture   picture
}

// Histograms are what one output prints: a section, or several below their keys.
type Histograms struct {
	// Label names the unit of the values, such as "usecs".
	Label string
	// Header is the word before each section's key, such as "disk". Without it
	// there is one section at most.
	Header   string
	Sections []bccgo.Section
	// Linear tells that slots are values and not powers of two.
	Linear bool
}

// Flags are --timestamp, --svg and --html.
func (r *Report) Flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"T"}, Usage: "print the time of day above each output", Destination: &r.Timestamp},
	}, r.PictureFlags()...)
}

// PictureFlags are --svg and --html alone, for tools whose -T is something else.
func (r *Report) PictureFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "svg", Usage: "draw the whole run into `FILE`: as bars, or with an interval as a heat map over time", Destination: &r.svg},
		&cli.StringFlag{Name: "html", Usage: "draw it into `FILE` as a page for a browser", Destination: &r.html},
	}
}

// Prepare reads the arguments and prepares the pictures, which title heads. What
// takes --ebpf calls it afterwards. The caller closes the report.
func (r *Report) Prepare(title string, args []string) (err error) {
	if r.Rounds, err = ParseRounds(args); err != nil {
		return err
	}
	r.picture.title = title
	if err := r.files.Open("--svg", r.svg, r.picture.writeSVG); err != nil {
		return err
	}
	return r.files.Open("--html", r.html, r.picture.writeHTML)
}

// Run prints what next returns, as often as asked for and at the end, and draws the
// pictures. When the tracing ends within an interval in which there was nothing,
// nothing is printed.
func (r *Report) Run(ctx context.Context, s *toolkit.Session, next func() (*Histograms, error)) error {
	r.picture.begin = time.Now()
	err := r.Rounds.Run(ctx, s, func(now time.Time, last bool) error {
		h, err := next()
		if err != nil {
			return err
		}
		r.picture.add(now, h)
		if last && r.Interval > 0 && len(h.Sections) == 0 {
			return nil
		}
		if r.Print != nil {
			return r.Print(s, now, h)
		}
		return r.PrintHistograms(s, now, h)
	})
	if err != nil {
		return err
	}
	return r.files.Write()
}

// Pictures tells whether a picture is asked for.
func (r *Report) Pictures() bool { return r.svg != "" || r.html != "" }

// Close removes pictures that were not drawn.
func (r *Report) Close() error { return r.files.Close() }

// PrintHistograms prints the histograms of an output below its heading.
func (r *Report) PrintHistograms(s *toolkit.Session, now time.Time, h *Histograms) error {
	var b bytes.Buffer
	if err := h.write(&b, s.JSON); err != nil {
		return err
	}
	if s.JSON {
		return s.Out.Printf("%s", b.Bytes())
	}
	return s.Out.Printf("%s%s", r.Heading(now), b.Bytes())
}

// Heading is what stands above each output that is text: an empty line, and the time
// of day if that is asked for.
func (r *Report) Heading(now time.Time) string {
	if r.Timestamp {
		return now.Format("\n15:04:05\n")
	}
	return "\n"
}

// write writes the sections as text or as lines of JSON.
func (h *Histograms) write(b *bytes.Buffer, json bool) error {
	options := &bccgo.HistogramOptions{SectionHeader: h.Header}
	if h.Header == "" {
		return h.writeOne(b, json)
	}
	switch {
	case json && h.Linear:
		return bccgo.PrintLinearJSONKeyed(b, h.Label, h.Sections, options)
	case json:
		return bccgo.PrintLog2JSONKeyed(b, h.Label, h.Sections, options)
	case h.Linear:
		return bccgo.PrintLinearKeyed(b, h.Label, h.Sections, options)
	}
	return bccgo.PrintLog2Keyed(b, h.Label, h.Sections, options)
}

func (h *Histograms) writeOne(b *bytes.Buffer, json bool) error {
	var counts []uint64
	if len(h.Sections) > 0 {
		counts = h.Sections[0].Counts
	}
	switch {
	case json && h.Linear:
		return bccgo.PrintLinearJSON(b, h.Label, counts)
	case json:
		return bccgo.PrintLog2JSON(b, h.Label, counts)
	case h.Linear:
		return bccgo.PrintLinear(b, h.Label, counts, nil)
	}
	return bccgo.PrintLog2(b, h.Label, counts, nil)
}
