package distro

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Family{
		"NAME=\"Debian GNU/Linux\"\nID=debian\n":       Debian,
		"ID_LIKE=\"ubuntu debian\"\nID=linuxmint\n":    Debian,
		"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"": Fedora,
		"ID=arch":                  Arch,
		"ID='alpine'\n":            Alpine,
		"ID=manjaro\nID_LIKE=arch": Arch,
		"ID=gentoo\n":              Unknown,
		"":                         Unknown,
	} {
		if got := parse(text); got != want {
			t.Errorf("parse(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestDetectFallsBack(t *testing.T) {
	root := t.TempDir()
	if got := Detect(rootfs.FS(root)); got != Unknown {
		t.Errorf("an empty root is %q", got)
	}
	dir := filepath.Join(root, "usr/lib")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "os-release"), []byte("ID=fedora\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := Detect(rootfs.FS(root)); got != Fedora {
		t.Errorf("usr/lib/os-release gave %q", got)
	}
}

func TestInstall(t *testing.T) {
	p := Packages{Debian: "libbpfcc", Fedora: "bcc", Alpine: "bcc"}
	tests := map[Family][]string{
		Debian:  {"apt install libbpfcc"},
		Alpine:  {"apk add bcc"},
		Unknown: {"apt install libbpfcc  # Debian, Ubuntu", "dnf install bcc  # Fedora, RHEL", "apk add bcc  # Alpine"},
	}
	tests[Arch] = tests[Unknown]
	for family, want := range tests {
		if got := p.Install(family); !slices.Equal(got, want) {
			t.Errorf("Install(%q) = %q, want %q", family, got, want)
		}
	}
}
