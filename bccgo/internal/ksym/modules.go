package ksym

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// modulesFile lists the loaded modules; a kernel built without them has none.
const modulesFile = "/proc/modules"

// loaded is one line of /proc/modules.
type loaded struct {
	name       string
	start, end uint64
}

// readModules returns the loaded modules. Where addresses are hidden they are 0.
func readModules(root rootfs.FS) ([]loaded, error) {
	text, err := root.ReadFile(modulesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read kernel modules: %w", err)
	}
	var list []loaded
	for line := range strings.Lines(string(text)) {
		m, err := parseModule(line)
		if err != nil {
			return nil, fmt.Errorf("read kernel modules: %w", err)
		}
		list = append(list, m)
	}
	return list, nil
}

// parseModule reads "NAME SIZE USES USERS STATE ADDRESS" and what may follow.
// The size is that of all the module's sections. Since Linux 6.4 they need not
// adjoin, but code comes first, so its end is never beyond ADDRESS + SIZE.
func parseModule(line string) (loaded, error) {
	fields := strings.Fields(line)
	if len(fields) < 6 {
		return loaded{}, fmt.Errorf("%s: cannot read %q", modulesFile, line)
	}
	size, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return loaded{}, fmt.Errorf("%s: cannot read %q: %w", modulesFile, line, err)
	}
	start, err := strconv.ParseUint(strings.TrimPrefix(fields[5], "0x"), 16, 64)
	if err != nil {
		return loaded{}, fmt.Errorf("%s: cannot read %q: %w", modulesFile, line, err)
	}
	return loaded{name: fields[0], start: start, end: start + size}, nil
}

// pageSize is the least there is; the kernel's last symbol may be anywhere in
// its last page.
const pageSize = 4096

// bound tells the table's modules, and the kernel itself, where they end.
func (t *Table) bound(root rootfs.FS) error {
	for _, s := range t.symbols {
		if s.module == 0 {
			t.modules[0].end = s.addr&^(pageSize-1) + pageSize
		}
	}
	list, err := readModules(root)
	if err != nil {
		return err
	}
	for _, one := range list {
		for i := range t.modules {
			if t.modules[i].name == one.name {
				t.modules[i].start, t.modules[i].end = one.start, one.end
			}
		}
	}
	return nil
}

// fingerprint changes when a module is loaded or removed.
func fingerprint(root rootfs.FS) (uint64, error) {
	list, err := readModules(root)
	if err != nil {
		return 0, err
	}
	sum := fnv.New64a()
	for _, m := range list {
		fmt.Fprintln(sum, m.name, m.start, m.end)
	}
	return sum.Sum64(), nil
}
