package bccgo

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestUserFunctions(t *testing.T) {
	path := buildC(t, "gcc", calculator, "-pthread", "-Wl,-Ttext-segment=0x10000000", "-no-pie")
	found, err := UserFunctions(path, "calc_.*")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Name)
		if addr := addressBy(t, path, f.Name); f.Address != addr || f.Offset != fileOffset(t, path, addr) || f.Size == 0 {
			t.Errorf("%+v, nm has %#x", f, addr)
		}
	}
	slices.Sort(names)
	if want := []string{"calc_add", "calc_minus", "calc_mul", "calc_neg"}; !slices.Equal(names, want) {
		t.Errorf("functions %q", names)
	}
	addresses, err := UserAddresses(path, "calc_(neg|minus|add)")
	want := []uint64{addressBy(t, path, "calc_add"), addressBy(t, path, "calc_neg")}
	slices.Sort(want)
	if err != nil || !slices.Equal(addresses, want) {
		t.Errorf("addresses %#x, %v; want %#x", addresses, err, want)
	}
	if none, err := UserFunctions(path, "calc"); err != nil || len(none) != 0 {
		t.Errorf("half a name: %v, %v", none, err)
	}
}

func TestUserFunctionsOfLibrary(t *testing.T) {
	found, err := UserFunctions("c", "malloc")
	if err != nil || len(found) != 1 || found[0].Name != "malloc" || !strings.HasPrefix(found[0].Version, "GLIBC_") {
		t.Errorf("%+v, %v", found, err)
	}
	found, err = UserFunctions("c", "strlen")
	if err != nil || len(found) != 1 || !found[0].Indirect {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestUserFunctionsBad(t *testing.T) {
	stripped := buildC(t, "gcc", calculator, "-pthread", "-s", "-static-pie")
	for _, c := range []struct{ name, re, want string }{
		{"c", "", "empty"},
		{"c", "a(", "missing closing )"},
		{"", "a", "the name is empty"},
		{"/no/such/file", "a", "/no/such/file"},
		{"no-such-library", "a", "no-such-library"},
		{"/etc/passwd", "a", "/etc/passwd"},
		{stripped, "a", "no symbols"},
	} {
		if _, err := UserFunctions(c.name, c.re); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: %v, want %q", c.name, c.re, err, c.want)
		}
		if _, err := UserAddresses(c.name, c.re); err == nil {
			t.Errorf("%q %q: addresses", c.name, c.re)
		}
	}
}

func TestFindLibraryAndExe(t *testing.T) {
	libc, err := FindLibrary("c", 0)
	if err != nil || !strings.HasPrefix(filepath.Base(libc), "libc") {
		t.Errorf("%q, %v", libc, err)
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/bin")
	if exe, err := FindExe("sh"); err != nil || exe != "/bin/sh" {
		t.Errorf("%q, %v", exe, err)
	}
	var failed *FileError
	for _, find := range []func() (string, error){
		func() (string, error) { return FindLibrary("", 0) },
		func() (string, error) { return FindLibrary("c", -1) },
		func() (string, error) { return FindLibrary("no-such-library", 0) },
		func() (string, error) { return FindExe("") },
		func() (string, error) { return FindExe("no-such-program") },
		func() (string, error) { return FindExe(dir) },
	} {
		if path, err := find(); !errors.As(err, &failed) {
			t.Errorf("%q, %v", path, err)
		}
	}
}
