package elfsym

import (
	"encoding/binary"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var sample = []CachedLibrary{
	{"libz.so.1", "/lib/libz.so.1", 0},
	{"libfast.so.2", "/lib/glibc-hwcaps/x86-64-v3/libfast.so.2", 1 << 62},
	{"libc.so.6", "/lib/libc.so.6", 0},
}

// newCache writes the format of glibc 2.2 and later.
func newCache(libraries []CachedLibrary) []byte {
	order := binary.NativeEndian
	out := append([]byte(newMagic), make([]byte, newHeaderSize-len(newMagic))...)
	order.PutUint32(out[20:], uint32(len(libraries)))
	at := uint32(newHeaderSize + newEntrySize*len(libraries))
	var names []byte
	for _, one := range libraries {
		out = order.AppendUint32(out, 3)
		out = order.AppendUint32(out, at)
		out = order.AppendUint32(out, at+uint32(len(one.Name))+1)
		out = order.AppendUint32(out, 0)
		out = order.AppendUint64(out, one.HWCap)
		text := one.Name + "\x00" + one.Path + "\x00"
		names = append(names, text...)
		at += uint32(len(text))
	}
	order.PutUint32(out[24:], uint32(len(names)))
	return append(out, names...)
}

// oldCache writes the format before it.
func oldCache(libraries []CachedLibrary) []byte {
	order := binary.NativeEndian
	out := append([]byte(oldMagic), 0)
	out = order.AppendUint32(out, uint32(len(libraries)))
	var names []byte
	for _, one := range libraries {
		out = order.AppendUint32(out, 3)
		out = order.AppendUint32(out, uint32(len(names)))
		out = order.AppendUint32(out, uint32(len(names)+len(one.Name)+1))
		names = append(names, one.Name+"\x00"+one.Path+"\x00"...)
	}
	return append(out, names...)
}

// bothCaches is what "ldconfig -c compat" writes: an old list, here an empty
// one, and a new one behind it.
func bothCaches(libraries []CachedLibrary) []byte {
	out := append(oldCache(nil), newCache(libraries)...)
	return out
}

func TestParseLdCache(t *testing.T) {
	without := slices.Clone(sample)
	without[1].HWCap = 0
	for name, tt := range map[string]struct {
		data []byte
		want []CachedLibrary
	}{
		"new": {newCache(sample), sample}, "old": {oldCache(sample), without}, "both": {bothCaches(sample), sample},
	} {
		if got, err := ParseLdCache(tt.data); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestParseLdCacheRefuses(t *testing.T) {
	for name, full := range map[string][]byte{"new": newCache(sample), "old": oldCache(sample)} {
		for size := range len(full) - 1 {
			if got, err := ParseLdCache(full[:size]); err == nil {
				t.Errorf("%s cut to %d of %d bytes: %v", name, size, len(full), got)
			}
		}
	}
}

func FuzzParseLdCache(f *testing.F) {
	f.Add(newCache(sample))
	f.Add(oldCache(sample))
	f.Add(bothCaches(sample))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseLdCache(data)
		if err == nil && len(got)*oldEntrySize > len(data) {
			t.Fatalf("%d entries from %d bytes", len(got), len(data))
		}
	})
}

// TestLiveLdCache compares with what ldconfig says of this machine's cache.
func TestLiveLdCache(t *testing.T) {
	const ldconfig = "/sbin/ldconfig"
	if _, err := exec.LookPath(ldconfig); err != nil {
		t.Skip("no ldconfig here")
	}
	data, err := os.ReadFile(ldCache)
	if err != nil {
		t.Skip("no loader's cache here")
	}
	got, err := ParseLdCache(data)
	if err != nil {
		t.Fatal(err)
	}
	var want []CachedLibrary
	for line := range strings.Lines(run(t, ldconfig, "-p")) {
		// 	libz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1
		name, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if name, _, found := strings.Cut(name, " ("); ok && found {
			want = append(want, CachedLibrary{Name: name, Path: path})
		}
	}
	for i := range got {
		got[i].HWCap = 0
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%d entries, ldconfig has %d", len(got), len(want))
	}
}
