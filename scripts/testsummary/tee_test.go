package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestTee(t *testing.T) {
	input := `{"Action":"run","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"skip","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Elapsed":1.25}
not an event
{"Action":"output","Package":"q","Test":"A","Output":"got 1\n"}
{"Action":"fail","Package":"q","Test":"A"}
{"Action":"fail","Package":"q","Elapsed":2}
{"Action":"skip","Package":"r"}
{"Action":"start","Package":"s"}
`
	var file, out strings.Builder
	ok, err := tee([]io.Reader{strings.NewReader(input)}, &file, &out, []string{"p", "x", ""})
	if err != nil {
		t.Fatal(err)
	}
	if ok {
		t.Error("all well although packages failed")
	}
	want := `ok	p	1.2s	(1 of 2 skipped)
not an event
--- FAIL: A
    got 1
FAIL	q	2.0s
    no result: the tests did not build, or what ran them ended early
FAIL	s	0.0s
    no result: the tests did not build, or what ran them ended early
FAIL	x	0.0s
`
	if out.String() != want {
		t.Errorf("printed:\n%s\nwant:\n%s", out.String(), want)
	}
	again := newStage("copy")
	if err := again.read(strings.NewReader(file.String())); err != nil || len(again.damage) > 0 {
		t.Fatalf("the copy is damaged: %v %v", err, again.damage)
	}
	for path, state := range map[string]string{"p": passed, "q": failed, "r": skipped, "s": failed, "x": failed} {
		if got := again.packages[path]; got == nil || got.state != state {
			t.Errorf("the copy lacks %s %s", path, state)
		}
	}
}

func TestTeeAllWell(t *testing.T) {
	var file, out strings.Builder
	ok, err := tee([]io.Reader{strings.NewReader(`{"Action":"pass","Package":"p"}` + "\n")}, &file, &out, []string{"p"})
	if err != nil || !ok {
		t.Errorf("ok %t, error %v; printed %s", ok, err, out.String())
	}
}

// Lines of inputs that are read at the same time stay whole.
func TestTeeSeveral(t *testing.T) {
	const inputs, lines = 3, 1000
	var pipes []io.Reader
	var expect []string
	for i := range inputs {
		r, w := io.Pipe()
		pipes = append(pipes, r)
		expect = append(expect, fmt.Sprint("p", i))
		go func() {
			defer w.Close()
			for n := range lines {
				fmt.Fprintf(w, `{"Action":"pass","Package":"p%d","Test":"T%d"}`, i, n)
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, `{"Action":"pass","Package":"p%d"}`+"\n", i)
		}()
	}
	var file, out strings.Builder
	ok, err := tee(pipes, &file, &out, expect)
	if err != nil || !ok || strings.Count(out.String(), "ok\t") != inputs {
		t.Errorf("ok %t, error %v; printed %s", ok, err, out.String())
	}
	copied := newStage("copy")
	if err := copied.read(strings.NewReader(file.String())); err != nil || len(copied.damage) > 0 {
		t.Fatal(err, copied.damage)
	}
	for _, path := range expect {
		if n := len(copied.packages[path].tests); n != lines {
			t.Errorf("%d tests of %s were copied", n, path)
		}
	}
}
