package bccgo

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

var updateListing = flag.Bool("update-listing", false, "compile testdata/listing again and rewrite its golden files")

// listed is the program of testdata/listing, compiled and not loaded.
func listed(t *testing.T) *Module {
	t.Helper()
	const stored = "testdata/listing/sizes.bundle"
	if *updateListing {
		foreignHeaders(t)
		text, err := os.ReadFile("testdata/listing/sizes.c")
		if err != nil {
			t.Fatal(err)
		}
		b, err := Compile(string(text), &Options{FileName: "sizes.c"})
		if err != nil {
			t.Fatal(err)
		}
		neutralize(b.data)
		if err := b.WriteFile(stored); err != nil {
			t.Fatal(err)
		}
	}
	b, err := ReadBundle(stored)
	if err != nil {
		t.Fatal(err)
	}
	m := &Module{bundle: b.data}
	if err := m.readTypes(); err != nil {
		t.Fatal(err)
	}
	return m
}

// neutralize takes out what is not the program's own: text of libbcc's headers
// and the kernel it was compiled on.
func neutralize(b *bundle.Bundle) {
	b.Target.Release, b.Target.Version = "6.1.0", ""
	for i := range b.Functions {
		f := &b.Functions[i]
		f.Lines = slices.DeleteFunc(f.Lines, func(l bundle.Line) bool {
			foreign := strings.HasPrefix(l.File, "/virtual/")
			if foreign && l.Text != "" {
				b.BTF = bytes.ReplaceAll(b.BTF, []byte(l.Text), bytes.Repeat([]byte{' '}, len(l.Text)))
			}
			return foreign
		})
	}
}

func checkListing(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/listing/" + name + ".golden"
	if *updateListing {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n got\n%s\nwant\n%s", path, got, want)
	}
}

func TestDisassembleFunc(t *testing.T) {
	m := listed(t)
	for _, name := range m.Functions() {
		got, err := m.DisassembleFunc(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got, "unknown instruction") || strings.Contains(got, "number") {
			t.Errorf("%s has names that are not known:\n%s", name, got)
		}
		checkListing(t, name, got)
	}
}

func TestDescribeTable(t *testing.T) {
	m := listed(t)
	var all strings.Builder
	for _, name := range m.Tables() {
		all.WriteString(describeListed(t, m, name))
		all.WriteByte('\n')
	}
	checkListing(t, "tables", all.String())
}

// describeListed describes a table that was not made.
func describeListed(t *testing.T, m *Module, name string) string {
	t.Helper()
	spec := m.bundle.Map(name)
	key, err := m.types.Key(spec)
	if err != nil {
		t.Fatal(err)
	}
	value, err := m.types.Value(spec)
	if err != nil {
		t.Fatal(err)
	}
	table := &Table{module: m, spec: spec, key: key, value: value}
	return table.describe(int(spec.MaxEntries), spec.Flags)
}

func TestLayoutText(t *testing.T) {
	for want, got := range map[string]string{
		"none\n":                        layoutText(nil, 0),
		"12 bytes of no known C type\n": layoutText(nil, 12),
		"u64, 8 bytes\n":                layoutText(&layout.Type{Kind: layout.Int, Name: "u64", Size: 8}, 8),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDumpFunc(t *testing.T) {
	m := listed(t)
	got, err := m.DumpFunc("filter_packet")
	if err != nil || len(got) == 0 || len(got)%8 != 0 {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}
	// The last instruction leaves the function (exit), and the bytes are the
	// caller's own.
	if last := got[len(got)-8:]; string(last) != "\x95\x00\x00\x00\x00\x00\x00\x00" {
		t.Errorf("it ends in % x", last)
	}
	got[0] ^= 0xff
	if again, err := m.DumpFunc("filter_packet"); err != nil || again[0] == got[0] {
		t.Errorf("a change went through to the program: %v", err)
	}
}

func TestListingUnknown(t *testing.T) {
	m := listed(t)
	_, dump := m.DumpFunc("filter_paket")
	_, list := m.DisassembleFunc("filter_paket")
	_, table := m.DecodeTable("seem")
	for _, err := range []error{dump, list, table} {
		if unknown := new(UnknownError); !errors.As(err, &unknown) || len(unknown.Nearest) == 0 {
			t.Errorf("got %v", err)
		}
	}
}
