package bccgo

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/headers"
)

func TestHeadersRelease(t *testing.T) {
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write(dir+"/tree/include/generated/utsrelease.h", "#define UTS_RELEASE \"6.1.0-9-amd64\"\n")
	write(dir+"/modules/build/include/generated/utsrelease.h", "\n#define UTS_RELEASE \"5.4.1\"\n")
	write(dir+"/odd/include/generated/utsrelease.h", "nothing\n")
	for _, test := range []struct {
		name string
		tree bool
		want string
	}{
		{"tree", true, "6.1.0-9-amd64"},
		{"modules", false, "5.4.1"},
		{"odd", true, ""},
		{"missing", true, ""},
	} {
		got, err := headersRelease(&headers.Choice{Path: filepath.Join(dir, test.name), Tree: test.tree})
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: got %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

func TestKtimeToTime(t *testing.T) {
	var mono unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono); err != nil {
		t.Fatal(err)
	}
	off := time.Since(KtimeToTime(uint64(mono.Nano() - time.Minute.Nanoseconds())))
	if off < time.Minute || off > time.Minute+time.Second {
		t.Errorf("a minute ago was %v ago", off)
	}
}
