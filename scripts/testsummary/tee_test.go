package main

import (
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
	ok, err := tee(strings.NewReader(input), &file, &out, []string{"p", "x", ""})
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
	ok, err := tee(strings.NewReader(`{"Action":"pass","Package":"p"}`+"\n"), &file, &out, []string{"p"})
	if err != nil || !ok {
		t.Errorf("ok %t, error %v; printed %s", ok, err, out.String())
	}
}
