package hist

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestParseRounds(t *testing.T) {
	for args, want := range map[string]Rounds{
		"":         {},
		"0.5":      {500 * time.Millisecond, 0},
		"2 3":      {2 * time.Second, 3},
		"0.000001": {time.Millisecond, 0},
	} {
		if got, err := ParseRounds(strings.Fields(args)); err != nil || got != want {
			t.Errorf("%q: %v, %v", args, got, err)
		}
	}
	for args, want := range map[string]string{
		"0": `interval "0"`, "-1": `interval "-1"`, "x": `interval "x"`, "NaN": `interval "NaN"`, "1e300": `interval "1e300"`,
		"1 0": `count "0"`, "1 -1": `count "-1"`, "1 x": `count "x"`, "1 1.5": `count "1.5"`,
	} {
		if _, err := ParseRounds(strings.Fields(args)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestRounds(t *testing.T) {
	for _, c := range []struct {
		name     string
		rounds   Rounds
		duration time.Duration
		cancelAt int
		want     string
	}{
		{"count", Rounds{time.Millisecond, 3}, 0, 0, "false false false "},
		{"one", Rounds{time.Millisecond, 1}, 0, 0, "false "},
		{"Ctrl-C", Rounds{time.Millisecond, 0}, 0, 2, "false false true "},
		{"duration", Rounds{0, 0}, 10 * time.Millisecond, 0, "true "},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got string
		n := 0
		err := c.rounds.Run(ctx, session(c.duration), func(_ time.Time, last bool) error {
			if n++; n == c.cancelAt {
				cancel()
			}
			got += fmt.Sprint(last, " ")
			return nil
		})
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func session(d time.Duration) *toolkit.Session {
	return &toolkit.Session{Common: toolkit.Common{Duration: d}}
}

func TestCounterTakesDifferences(t *testing.T) {
	c := &Counter{seen: make(map[key]uint64)}
	for round, n := range []uint64{5, 5, 9} {
		groups := make(map[uint64][]uint64)
		c.add(groups, key{7, 3}, n)
		want := []uint64{5, 0, 4}[round]
		if want == 0 && len(groups) != 0 || want > 0 && groups[7][3] != want {
			t.Errorf("round %d: %v, want %d", round, groups, want)
		}
	}
}

var two = []bccgo.Section{{Key: "sda", Counts: []uint64{0, 0, 4, 1}}, {Key: "sdb", Counts: []uint64{0, 2}}}

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		h    Histograms
		json bool
		want string
	}{
		{Histograms{Label: "usecs", Sections: two[:1]}, false, "         2 -> 3          : 4 "},
		{Histograms{Label: "usecs", Header: "disk", Sections: two}, false, "\ndisk = sdb\n"},
		{Histograms{Label: "len", Sections: two[1:], Linear: true}, false, "  1          : 2 "},
		{Histograms{Label: "len", Header: "cpu", Sections: two, Linear: true}, false, "\ncpu = sdb\n"},
		{Histograms{Label: "usecs", Sections: two[:1]}, true, `"val_type":"usecs"`},
		{Histograms{Label: "usecs", Header: "disk", Sections: two}, true, `"disk":"sdb"`},
		{Histograms{Label: "len", Sections: two[:1], Linear: true}, true, `"val_type":"len"`},
		{Histograms{Label: "len", Header: "cpu", Sections: two, Linear: true}, true, `"cpu":"sdb"`},
		{Histograms{Label: "usecs"}, false, ""},
	} {
		var b bytes.Buffer
		if err := c.h.write(&b, c.json); err != nil || !strings.Contains(strings.ReplaceAll(b.String(), `": `, `":`), c.want) {
			t.Errorf("%+v: no %q, %v in\n%s", c.h, c.want, err, b.String())
		}
	}
}

// elements counts an SVG file's elements by name, which it must be well-formed for.
func elements(t *testing.T, text string) (count map[string]int) {
	t.Helper()
	count = make(map[string]int)
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if start, ok := token.(xml.StartElement); ok {
			count[start.Name.Local]++
		}
	}
}

func TestPictures(t *testing.T) {
	begin := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
	once := &picture{title: "a < b", begin: begin}
	once.add(begin.Add(time.Minute), &Histograms{Label: "usecs", Header: "disk", Sections: two})
	often := &picture{title: "often", begin: begin}
	for i := range 3 {
		h := &Histograms{Label: "usecs", Sections: two[:1]}
		if i == 1 {
			h.Sections = nil
		}
		often.add(begin.Add(time.Duration(i+1)*time.Second), h)
	}
	none := &picture{title: "none", begin: begin}
	none.add(begin, &Histograms{Label: "usecs"})
	for _, c := range []struct {
		p     *picture
		cells int
		want  []string
	}{
		{once, 3, []string{"a &lt; b", "disk = sda: 5 in all", "disk = sdb: 2 in all", "<title>2 -&gt; 3 usecs: 4</title>", `width="760.00"`, `width="190.00"`}},
		{often, 4, []string{"10 in all", "<title>10:00:01, 4 -&gt; 7 usecs: 1</title>", "<title>10:00:03, 2 -&gt; 3 usecs: 4</title>", ">10:00:00<", ">10:00:03<"}},
		{none, 0, []string{"Nothing was counted."}},
	} {
		var svg, html bytes.Buffer
		if err := errors.Join(c.p.writeSVG(&svg), c.p.writeHTML(&html)); err != nil {
			t.Fatal(err)
		}
		if n := elements(t, svg.String())["rect"]; n != c.cells+1 {
			t.Errorf("%s: %d cells in\n%s", c.p.title, n-1, svg.String())
		}
		for _, want := range c.want {
			if !strings.Contains(svg.String(), want) || !strings.Contains(html.String(), want) {
				t.Errorf("%s: no %q in\n%s", c.p.title, want, svg.String())
			}
		}
	}
}

// A long run takes no more memory, and loses no counts.
func TestPictureOfALongRun(t *testing.T) {
	p := &picture{}
	const outputs = 10 * maxColumns
	for i := range outputs {
		p.add(time.Unix(int64(i), 0), &Histograms{Sections: two})
	}
	plots, more := p.plots()
	if len(p.columns) > maxColumns || more != 0 || len(plots) != 2 || plots[0].total != 5*outputs || plots[1].total != 2*outputs {
		t.Errorf("%d columns, %+v", len(p.columns), plots)
	}
	if end := p.columns[len(p.columns)-1].end; end != time.Unix(outputs-1, 0) {
		t.Errorf("it ends at %v", end)
	}
}

func TestPictureOfManySections(t *testing.T) {
	p := &picture{}
	h := &Histograms{Header: "pid"}
	for i := range maxSections + 5 {
		h.Sections = append(h.Sections, bccgo.Section{Key: fmt.Sprint(i), Counts: []uint64{0, uint64(i + 1)}})
	}
	p.add(time.Now(), h)
	plots, more := p.plots()
	if len(plots) != maxSections || more != 5 || plots[0].key != fmt.Sprint(maxSections+4) {
		t.Errorf("%d plots, %d more: %+v", len(plots), more, plots)
	}
}

func TestReportDrawsFiles(t *testing.T) {
	dir := t.TempDir()
	r := &Report{Pictures: Pictures{svg: filepath.Join(dir, "a.svg"), html: filepath.Join(dir, "a.html")}}
	if err := r.Prepare("title", nil); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := session(time.Millisecond)
	s.Out = toolkit.NewOutput(&out)
	err := r.Run(t.Context(), s, func() (*Histograms, error) { return &Histograms{Label: "usecs", Sections: two[:1]}, nil })
	if err := errors.Join(err, s.Out.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(r.svg)
	html, err2 := os.ReadFile(r.html)
	if errors.Join(err, err2) != nil || elements(t, string(svg))["rect"] != 3 || !bytes.Contains(html, []byte("<svg ")) {
		t.Errorf("%v, %v\n%s\n%s", err, err2, svg, html)
	}
	if !strings.HasPrefix(out.String(), "\n     usecs ") {
		t.Errorf("printed %q", out.String())
	}
}
