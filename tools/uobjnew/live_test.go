package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// objects runs the tool on a target with arguments, lets it do what it is told,
// and returns what the tool printed by type.
func objects(t *testing.T, g *runtimetest.Target, tell []string, args ...string) (map[string]row, testenv.Result) {
	t.Helper()
	p := tooltest.Start(t, "uobjnew", append(args, "--json", g.PIDText())...)
	g.Tell(tell...)
	r := tooltest.StopNow(t, p)
	rows := make(map[string]row)
	for _, one := range runtimetest.Lines[row](t, r.Stdout) {
		if _, twice := rows[one.Type]; twice {
			t.Errorf("two rows of %s", one.Type)
		}
		rows[one.Type] = one
	}
	return rows, r
}

func wantRow(t *testing.T, got map[string]row, name string, allocs, bytes uint64) {
	t.Helper()
	if r := got[name]; r.Allocs != allocs || r.Bytes != bytes {
		t.Errorf("%s: %d of %d bytes, want %d of %d", name, r.Allocs, r.Bytes, allocs, bytes)
	}
}

// Objects of Java are there by their classes. Of sizes OpenJDK 17 tells only those
// of arrays whose making takes the runtime's help: a header of 16 bytes, and the
// elements.
func TestLiveJava(t *testing.T) {
	runtimetest.Needs(t)
	g := runtimetest.Java(t, "-XX:+ExtendedDTraceProbes", "-Xint")
	g.Tell("parcels 3")
	got, r := objects(t, g, []string{"parcels 700", "bytes 500000", "caught 4"})
	if r := got["Target$Parcel"]; r.Allocs != 700 {
		t.Errorf("parcels: %+v", r)
	}
	if r := got["[I"]; r.Allocs < 700 {
		t.Errorf("arrays: %+v", r)
	}
	if r := got["[B"]; r.Bytes < 500016 || r.Bytes > 600000 {
		t.Errorf("bytes: %+v", r)
	}
	if r := got["java/lang/IllegalStateException"]; r.Allocs != 4 {
		t.Errorf("exceptions: %+v", r)
	}
	if strings.Contains(r.Stderr, "unless it was started") {
		t.Errorf("%s", r.Stderr)
	}
	silent := runtimetest.Java(t)
	got, r = objects(t, silent, []string{"parcels 7"})
	if len(got) != 0 || !strings.Contains(r.Stderr, "tells of no objects unless it was started with -XX:+ExtendedDTraceProbes") {
		t.Errorf("%v", r)
	}
}

func TestLiveC(t *testing.T) {
	runtimetest.Needs(t)
	for _, flags := range [][]string{nil, {"-static"}} {
		g := runtimetest.Fake(t, "c", "plain", flags...)
		got, _ := objects(t, g, []string{"new - 777 40", "new - 778 1"})
		wantRow(t, got, "block size 777", 40, 40*777)
		wantRow(t, got, "block size 778", 1, 778)
	}
}

// Languages whose runtimes are seldom built with probes.
func TestLiveOthers(t *testing.T) {
	runtimetest.Needs(t)
	ruby := runtimetest.Fake(t, "ruby", "ruby")
	got, _ := objects(t, ruby, []string{"new Shop::Item 0 5", "new string 12 3", "new array 4 2", "new hash 0 1", "new string 1 1"})
	wantRow(t, got, "Shop::Item", 5, 0)
	wantRow(t, got, "string", 4, 37)
	wantRow(t, got, "array", 2, 8)
	wantRow(t, got, "hash", 1, 0)
	tcl := runtimetest.Fake(t, "tcl", "tclsh8.6")
	p := tooltest.Start(t, "tclobjnew=uobjnew", tcl.PIDText(), "0.5")
	tcl.Tell("new x 1 6")
	time.Sleep(testenv.Timeout(700 * time.Millisecond))
	tcl.Tell("new x 1 7")
	out := tooltest.StopNow(t, p).Stdout
	const head = "\nNAME/TYPE                      # ALLOCS      # BYTES\n"
	if !regexp.MustCompile("^(" + head + ")*" + head + "<ALL>                                 6            0\n(" + head + ")*" +
		head + "<ALL>                                 7            0\n(" + head + ")*$").MatchString(out) {
		t.Errorf("got %s", out)
	}
}
