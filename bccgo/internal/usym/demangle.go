package usym

import (
	"strings"
	"sync"

	"github.com/ianlancetaylor/demangle"
)

const (
	// maxPlain is how many demangled names of a table are remembered.
	maxPlain = 1 << 16
	// plainPower bounds a demangled name, which may be exponentially longer
	// than the mangled one, to 2 to that power bytes.
	plainPower = 14
)

// Demangle returns the name of a C++ or Rust function as its source has it,
// and any other name as it is.
func Demangle(name string) string {
	if !mangled(name) {
		return name
	}
	return demangle.Filter(name, demangle.MaxLength(plainPower))
}

func mangled(name string) bool {
	return strings.HasPrefix(name, "_Z") || strings.HasPrefix(name, "_R") || strings.HasPrefix(name, "___Z") || strings.HasPrefix(name, "__Z")
}

// demangled remembers names, since demangling takes microseconds.
type demangled struct {
	mu    sync.RWMutex
	names map[string]string
}

func (d *demangled) name(name string) string {
	if !mangled(name) {
		return name
	}
	d.mu.RLock()
	plain, known := d.names[name]
	d.mu.RUnlock()
	if known {
		return plain
	}
	plain = Demangle(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names == nil || len(d.names) >= maxPlain {
		d.names = make(map[string]string)
	}
	d.names[name] = plain
	return plain
}
