package main

import (
	"bytes"
	"os"
	"testing"
)

// TestTablesAreCurrent compares what is committed with what would be made now.
func TestTablesAreCurrent(t *testing.T) {
	for _, arch := range architectures {
		want, err := table(arch)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../" + fileName(arch))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: run go generate in its folder", fileName(arch))
		}
	}
}
