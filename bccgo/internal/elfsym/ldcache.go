package elfsym

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// ldCache is the list of libraries that ldconfig(8) keeps for the loader.
const ldCache = "/etc/ld.so.cache"

const (
	oldMagic      = "ld.so-1.7.0"
	oldHeaderSize = 16
	oldEntrySize  = 12

	newMagic      = "glibc-ld.so.cache1.1"
	newHeaderSize = 48
	newEntrySize  = 24
)

// CachedLibrary is one entry of the loader's cache.
type CachedLibrary struct {
	Name  string // what programs ask for: "libc.so.6"
	Path  string // where it is: "/lib/x86_64-linux-gnu/libc.so.6"
	HWCap uint64 // not 0 for a build for certain processors only
}

// ParseLdCache reads the loader's cache in the format of glibc 2.2 and later,
// in the older one, and in the two together, in the byte order of this
// machine. The entries keep the file's order, in which the loader's first
// choice comes first.
func ParseLdCache(data []byte) ([]CachedLibrary, error) {
	if bytes.HasPrefix(data, []byte(newMagic)) {
		return parseNewCache(data)
	}
	if !bytes.HasPrefix(data, []byte(oldMagic)) {
		return nil, fmt.Errorf("ld.so.cache: no known format")
	}
	if len(data) < oldHeaderSize {
		return nil, fmt.Errorf("ld.so.cache: cut off in its header")
	}
	count := uint64(binary.NativeEndian.Uint32(data[12:]))
	end := oldHeaderSize + count*oldEntrySize
	if end > uint64(len(data)) {
		return nil, fmt.Errorf("ld.so.cache: %d entries do not fit into %d bytes", count, len(data))
	}
	// A new list may follow, aligned to 8 bytes, and is then the full one.
	if at := (end + 7) &^ 7; at < uint64(len(data)) && bytes.HasPrefix(data[at:], []byte(newMagic)) {
		return parseNewCache(data[at:])
	}
	return parseOldCache(data[oldHeaderSize:end], data[end:])
}

func parseOldCache(entries, names []byte) ([]CachedLibrary, error) {
	libraries := make([]CachedLibrary, 0, len(entries)/oldEntrySize)
	for ; len(entries) > 0; entries = entries[oldEntrySize:] {
		one, err := cached(names, entries)
		if err != nil {
			return nil, err
		}
		libraries = append(libraries, one)
	}
	return libraries, nil
}

func parseNewCache(data []byte) ([]CachedLibrary, error) {
	if len(data) < newHeaderSize {
		return nil, fmt.Errorf("ld.so.cache: cut off in its header")
	}
	count := uint64(binary.NativeEndian.Uint32(data[len(newMagic):]))
	end := newHeaderSize + count*newEntrySize
	if end > uint64(len(data)) {
		return nil, fmt.Errorf("ld.so.cache: %d entries do not fit into %d bytes", count, len(data))
	}
	libraries := make([]CachedLibrary, 0, count)
	for entries := data[newHeaderSize:end]; len(entries) > 0; entries = entries[newEntrySize:] {
		one, err := cached(data, entries)
		if err != nil {
			return nil, err
		}
		one.HWCap = binary.NativeEndian.Uint64(entries[16:])
		libraries = append(libraries, one)
	}
	return libraries, nil
}

// cached reads what both formats' entries begin with: flags, and the places
// of the name and of the path in names.
func cached(names, entry []byte) (CachedLibrary, error) {
	name, err := cString(names, binary.NativeEndian.Uint32(entry[4:]))
	if err != nil {
		return CachedLibrary{}, err
	}
	path, err := cString(names, binary.NativeEndian.Uint32(entry[8:]))
	if err != nil {
		return CachedLibrary{}, err
	}
	return CachedLibrary{Name: name, Path: path}, nil
}

func cString(data []byte, at uint32) (string, error) {
	if uint64(at) >= uint64(len(data)) {
		return "", fmt.Errorf("ld.so.cache: string at %d, past the end", at)
	}
	text, _, ended := bytes.Cut(data[at:], []byte{0})
	if !ended {
		return "", fmt.Errorf("ld.so.cache: string at %d does not end", at)
	}
	return string(text), nil
}
