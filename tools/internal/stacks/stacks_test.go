package stacks

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func frames(names ...string) Stack {
	var all Stack
	for i, name := range names {
		all = append(all, &bccgo.Frame{Addr: uint64(0x1000 * (i + 1)), Symbol: bccgo.Symbol{Name: name, Offset: 0x10, Module: "/usr/bin/test"}})
	}
	return all
}

// example is a run with a function that is called in three ways, and with names
// that mean something in XML.
func example() *Run {
	return &Run{
		Title: "test <&>", Unit: "events", Begin: time.Unix(1000, 5), Took: 3 * time.Second,
		Samples: []Sample{
			{Comm: "a", PID: 1, User: frames("leaf", "main"), Kernel: frames("vfs_read", "do_syscall_64"), Count: 60},
			{Comm: "a", PID: 1, User: frames("leaf", "main"), Count: 15},
			{Comm: "a", PID: 1, User: frames("std::map<int, \"x\">]]>\x01", "main"), Count: 5},
			{Comm: "b", PID: 2, User: frames("leaf", ""), Count: 20},
		},
	}
}

func TestFolded(t *testing.T) {
	s := example().Samples[0]
	for want, f := range map[string]Form{
		"a;main;leaf;-;do_syscall_64;vfs_read 60\n":                     {},
		"a;main+0x10;leaf+0x10;-;do_syscall_64+0x10;vfs_read+0x10 60\n": {Offset: true},
	} {
		if got := f.Folded(&s, true); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What pprof reads has all stacks with their counts and processes.
func TestPprof(t *testing.T) {
	var b bytes.Buffer
	if err := WritePprof(&b, example()); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range p.Sample {
		var names []string
		for _, l := range s.Location {
			names = append(names, l.Line[0].Function.Name)
		}
		lines = append(lines, strings.Join(names, " "))
	}
	want := "vfs_read do_syscall_64 leaf main|leaf main|std::map<int, \"x\">]]>\x01 main|leaf [unknown]"
	if got := strings.Join(lines, "|"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if s := p.Sample[3]; s.Value[0] != 20 || s.Label["comm"][0] != "b" || s.NumLabel["pid"][0] != 2 {
		t.Errorf("got %+v", s)
	}
	if p.DurationNanos != 3e9 || p.TimeNanos != 1000e9+5 || p.SampleType[0].Type != "events" || len(p.Function) != 6 || p.Mapping[0].File != "/usr/bin/test" {
		t.Errorf("got %v", p)
	}
}

// texts are those of a picture's elements of a kind, in order. A picture that is no
// XML is an error.
func texts(t *testing.T, svg, element string) []string {
	t.Helper()
	var all []string
	d := xml.NewDecoder(strings.NewReader(svg))
	in := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if in = e.Name.Local == element; in {
				all = append(all, "")
			}
		case xml.EndElement:
			in = false
		case xml.CharData:
			if in {
				all[len(all)-1] += string(e)
			}
		}
	}
}

func flameGraph(t *testing.T, r *Run) string {
	t.Helper()
	var b strings.Builder
	if err := WriteFlameGraph(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The picture is whole XML, whatever the names are, and has each box with its
// share.
func TestFlameGraph(t *testing.T) {
	svg := flameGraph(t, example())
	want := []string{
		"all (100 events, 100.00%)", "a [1] (80 events, 80.00%)", "main (80 events, 80.00%)", "leaf (75 events, 75.00%)",
		"do_syscall_64 (60 events, 60.00%)", "vfs_read (60 events, 60.00%)", `std::map<int, "x">]]>\x01 (5 events, 5.00%)`,
		"b [2] (20 events, 20.00%)", "[unknown] (20 events, 20.00%)", "leaf (20 events, 20.00%)",
	}
	if got := texts(t, svg, "title"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	labels := texts(t, svg, "text")
	if labels[0] != "test <&>" || !strings.Contains(strings.Join(labels, "|"), "|std::..|") {
		t.Errorf("got %q", labels)
	}
	if strings.Contains(svg, "http://www.w3.org/1999/xlink") || strings.Count(svg, "http") != 1 {
		t.Error("the picture names another file")
	}
}

// Boxes lie on those that they are called by, side by side.
func TestFlameGraphPlaces(t *testing.T) {
	svg := flameGraph(t, example())
	for _, want := range []string{
		`data-x="0" data-w="1" data-r="0"><title>all (100 events, 100.00%)</title><rect x="10.00" y="149" width="1180.00"`,
		`data-x="0.8" data-w="0.2" data-r="1"><title>b [2] (20 events, 20.00%)</title><rect x="954.00" y="132" width="236.00"`,
		`data-x="0.75" data-w="0.05" data-r="3"><title>std::map`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
}

// What is too narrow to be seen is left out, and nothing at all is said.
func TestFlameGraphExtremes(t *testing.T) {
	r := &Run{Title: "x", Unit: "events", Samples: []Sample{
		{User: frames("big"), Count: 1e9}, {User: frames("deep", "deep", "deep", "small"), Count: 1},
	}}
	if got := texts(t, flameGraph(t, r), "title"); len(got) != 2 {
		t.Errorf("got %q", got)
	}
	empty := flameGraph(t, &Run{Title: "x", Unit: "events"})
	if got := texts(t, empty, "text"); !strings.Contains(strings.Join(got, "|"), "Nothing was counted.") || strings.Contains(empty, "NaN") {
		t.Errorf("got %q", got)
	}
}

// The same function has one color everywhere.
func TestColor(t *testing.T) {
	a, b := color(boxID{kindUser, "read"}), color(boxID{kindKernel, "read"})
	if a != color(boxID{kindUser, "read"}) || a == b || !strings.HasPrefix(a, "hsl(") {
		t.Errorf("got %s and %s", a, b)
	}
}

func TestCut(t *testing.T) {
	for width, want := range map[float64]string{10: "", 28: "ü..", 36: "üb..", 50: "über..", 100: "übersetzen"} {
		if got := cut("übersetzen", width); got != want {
			t.Errorf("%v: %q, want %q", width, got, want)
		}
	}
}

// opened are files of flags, ready to be written.
func opened(t *testing.T, args ...string) (*Files, error) {
	t.Helper()
	f := new(Files)
	set := flag.NewFlagSet("test", flag.ContinueOnError)
	for _, one := range f.Flags() {
		if err := one.(*cli.StringFlag).Apply(set); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f, f.Open()
}

// Files appear when they are complete, and take the place of older ones.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	pprof, svg := filepath.Join(dir, "x.pb.gz"), filepath.Join(dir, "x.svg")
	if err := os.WriteFile(svg, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := opened(t, "--pprof", pprof, "--flamegraph", svg)
	if err != nil || !f.Wanted() {
		t.Fatal(err)
	}
	if old, err := os.ReadFile(svg); string(old) != "old" || err != nil {
		t.Errorf("before: %q, %v", old, err)
	}
	if err := errors.Join(f.Write(example()), f.Close()); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile(svg)
	if err != nil || string(picture) != flameGraph(t, example()) {
		t.Errorf("%v, %s", err, picture)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 || err != nil {
		t.Errorf("left: %q, %v", left, err)
	}
}

// A run that fails, or files that cannot be written, leave nothing.
func TestFilesFail(t *testing.T) {
	dir := t.TempDir()
	f, err := opened(t, "--pprof", filepath.Join(dir, "x"))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Error(err)
	}
	if _, err := opened(t, "--pprof", filepath.Join(dir, "x"), "--flamegraph", dir); err == nil || !strings.Contains(err.Error(), "--flamegraph "+dir+": this is no regular file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := opened(t, "--flamegraph", filepath.Join(dir, "no", "x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}
