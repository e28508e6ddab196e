package main

import (
	"errors"
	"reflect"
	"testing"
)

func TestLossesReportOnceAnInterval(t *testing.T) {
	var got []lost
	l := losses{report: func(one lost) error {
		got = append(got, one)
		return nil
	}}
	for _, one := range []lost{{"b", 1, 5}, {"b", 1, 6}, {"a", 0, 7}, {"b", 0, 8}, {"b", 1, 9}} {
		if err := l.add(one.table, one.cpu, one.count); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.flush(); err != nil {
		t.Fatal(err)
	}
	want := []lost{{"b", 1, 5}, {"a", 0, 7}, {"b", 0, 8}, {"b", 1, 15}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := l.flush(); err != nil || len(got) != len(want) {
		t.Errorf("a second flush reported %v, %v", got[len(want):], err)
	}
}

func TestLossesPassErrorsOn(t *testing.T) {
	l := losses{report: func(lost) error { return errBroken }}
	if err := l.add("a", 0, 1); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}
