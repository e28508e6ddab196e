package elfsym

import (
	"path"
	"strings"
)

// isLibrary reports whether file, the last part of a path, is the library
// asked for as name: "c", "libc", "libc.so" and "libc.so.6" all mean
// "libc.so.6", and, as old C libraries named their files, "libc-2.31.so".
// musl's C library is also the loader.
func isLibrary(name, file string) bool {
	if file == name {
		return true
	}
	stem := libraryStem(name)
	if stem == "libc" && (strings.HasPrefix(file, "ld-musl-") || strings.HasPrefix(file, "libc.musl-")) {
		return true
	}
	rest, ok := strings.CutPrefix(file, stem)
	if !ok {
		return false
	}
	if strings.Contains(name, ".so.") {
		// A version was asked for; libc.so.6 is also libc.so.6.1.
		return strings.HasPrefix(file, name+".")
	}
	if version, ok := strings.CutPrefix(rest, "-"); ok {
		rest = strings.TrimLeft(version, "0123456789.")
		// The dot before "so" went with the version.
		return rest == "so" && strings.HasSuffix(file, ".so") && version[0] >= '0' && version[0] <= '9'
	}
	return rest == ".so" || strings.HasPrefix(rest, ".so.")
}

// libraryStem is the part of a library's file name before ".so".
func libraryStem(name string) string {
	stem, _, _ := strings.Cut(name, ".so")
	if !strings.HasPrefix(stem, "lib") {
		stem = "lib" + stem
	}
	return stem
}

// shortNames are the names the libraries may be asked for by.
func shortNames(libraries []CachedLibrary) []string {
	names := make([]string, 0, len(libraries))
	for _, one := range libraries {
		stem, _, _ := strings.Cut(path.Base(one.Name), ".so")
		names = append(names, strings.TrimPrefix(stem, "lib"))
	}
	return names
}
