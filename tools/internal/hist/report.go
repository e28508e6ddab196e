package hist

import (
	"bytes"
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Report prints histograms as often as the arguments say.
type Report struct {
	Rounds
	Pictures
	// Timestamp asks for the time of day above each output.
	Timestamp bool
	// Print prints an output of Run; nil means PrintHistograms.
	Print func(s *toolkit.Session, now time.Time, h *Histograms) error
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

// Prepare reads the arguments and prepares the pictures, which title heads. What
// takes --ebpf calls it afterwards. The caller closes the report.
func (r *Report) Prepare(title string, args []string) (err error) {
	if r.Rounds, err = ParseRounds(args); err != nil {
		return err
	}
	return r.Open(title)
}

// Run prints what next returns, as often as asked for and at the end, and draws the
// pictures. When the tracing ends within an interval in which there was nothing,
// nothing is printed.
func (r *Report) Run(ctx context.Context, s *toolkit.Session, next func() (*Histograms, error)) error {
	r.Begin()
	err := r.Rounds.Run(ctx, s, func(now time.Time, last bool) error {
		h, err := next()
		if err != nil {
			return err
		}
		r.Draw(now, h)
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
	return r.Write()
}

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
