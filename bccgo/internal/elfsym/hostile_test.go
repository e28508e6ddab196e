package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

// memoryFactor is how many bytes each byte of a file may cost, on top of what
// debug/elf reads before it finds that a section ends early.
const memoryFactor, memoryBase = 64, 32 << 20

// checkHostile reads what may be no ELF file at all.
func checkHostile(t *testing.T, data []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if file, err := parseImage(bytes.NewReader(data), int64(len(data))); err == nil {
		if b, err := readBinary("/no/such/file", file); err == nil {
			useHostile(b)
		}
		if types, err := file.DWARF(); err == nil {
			_, _, _ = memberOf(types.Reader(), "runtime.g", "goid")
		}
		_, _ = slotIn(file, "/no/such/file", 0)
	}
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(memoryFactor*len(data)+memoryBase) {
		t.Fatalf("%d bytes for a file of %d", spent, len(data))
	}
}

func useHostile(b *Binary) {
	b.Match(regexp.MustCompile("f$"))
	_, _ = b.Lookup("no_such_function")
	for i, s := range b.Symbols() {
		if i == 20 {
			break
		}
		b.At(s.Offset)
	}
}

// smallFiles are ELF files with all that is read: versions, an indirect function,
// notes, and Go's tables.
func smallFiles(tb testing.TB) [][]byte {
	tb.Helper()
	dir := tb.TempDir()
	versions := filepath.Join(dir, "versions")
	if err := os.WriteFile(versions, []byte("V1 { global: f; local: *; };"), 0o600); err != nil {
		tb.Fatal(err)
	}
	small := []string{"-shared", "-fPIC", "-nostdlib", "-Wl,-z,noseparate-code,--build-id"}
	var files [][]byte
	for name, args := range map[string][]string{
		"plain": small, "versions": append([]string{"-Wl,--version-script=" + versions}, small...), "needs": small[:2],
		"debug": append([]string{"-g", "-gz=zlib"}, small...),
	} {
		path := filepath.Join(dir, name)
		build(tb, path, "int g(void) { return 2; }\nstatic void *choose(void) { return g; }\nint f(void) __attribute__((ifunc(\"choose\")));\n", args...)
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, data)
	}
	return files
}

// Whatever is cut off or overwritten, reading ends without a panic and takes no
// more memory than the file's size allows.
func TestOpenDamaged(t *testing.T) {
	for _, whole := range smallFiles(t) {
		for size := 0; size < len(whole); size += 1 + len(whole)/64 {
			checkHostile(t, whole[:size])
		}
		// The header, and the tables of segments and sections.
		sections := int(binary.LittleEndian.Uint64(whole[40:]))
		for at := range whole {
			if at%5 == 0 && (at < 256 || at >= sections) {
				damaged := bytes.Clone(whole)
				damaged[at] ^= 0xff
				checkHostile(t, damaged)
			}
		}
	}
}

// A table of versions whose entries overlap would have as many as the square of
// its size.
func TestVersionsThatOverlap(t *testing.T) {
	data := make([]byte, 1<<12)
	for at := 0; at+16 <= len(data); at += 16 {
		binary.LittleEndian.PutUint16(data[at+2:], 0xffff)
		binary.LittleEndian.PutUint32(data[at+12:], 16)
	}
	if versionsFit(data, binary.LittleEndian, elf.SHT_GNU_VERNEED) {
		t.Error("each of its entries has all the others")
	}
	proper := make([]byte, 48)
	binary.LittleEndian.PutUint16(proper[2:], 2)
	binary.LittleEndian.PutUint32(proper[8:], 16)
	binary.LittleEndian.PutUint32(proper[16+12:], 16)
	if !versionsFit(proper, binary.LittleEndian, elf.SHT_GNU_VERNEED) {
		t.Error("two versions of one file are refused")
	}
}

func FuzzOpen(f *testing.F) {
	for _, data := range smallFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkHostile(t, data) })
}
