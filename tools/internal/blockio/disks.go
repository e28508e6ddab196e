package blockio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Disks knows the disks by their numbers and names, as sysfs has them below a root
// folder.
type Disks struct {
	root  string
	names map[uint64]string
}

// NewDisks returns the disks below a root folder, "/" but for tests.
func NewDisks(root string) *Disks { return &Disks{root: root, names: make(map[uint64]string)} }

// A device's number has its minor number in the lower bits, as in the kernel.
const minorBits = 20

// Split returns the major and the minor number of a disk.
func Split(number uint64) (major, minor uint64) {
	return number >> minorBits, number & (1<<minorBits - 1)
}

// Number returns the number of a disk given by name, also as /dev/NAME. Errors
// name the flag --disk, and are for partitions, too: requests belong to disks.
func (d *Disks) Number(name string) (uint64, error) {
	name = strings.TrimPrefix(name, "/dev/")
	dir := filepath.Join(d.root, "sys/class/block", strings.ReplaceAll(name, "/", "!"))
	text, err := os.ReadFile(filepath.Join(dir, "dev"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("--disk %s: no such disk; lsblk lists them", name)
	}
	if err != nil {
		return 0, fmt.Errorf("--disk %s: %w", name, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "partition")); err == nil {
		return 0, fmt.Errorf("--disk %s: it is a partition; requests belong to its disk, %s", name, d.parent(dir))
	}
	var major, minor uint64
	if _, err := fmt.Sscanf(string(text), "%d:%d", &major, &minor); err != nil {
		return 0, fmt.Errorf("--disk %s: read its number %q: %w", name, strings.TrimSpace(string(text)), err)
	}
	return major<<minorBits | minor, nil
}

// parent is the disk of a partition.
func (d *Disks) parent(dir string) string {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "see lsblk"
	}
	return filepath.Base(filepath.Dir(real))
}

// Name returns the name of a disk, its numbers as in "9:3" if it is gone.
func (d *Disks) Name(number uint64) string {
	if name, ok := d.names[number]; ok {
		return name
	}
	major, minor := Split(number)
	text := fmt.Sprintf("%d:%d", major, minor)
	link, err := os.Readlink(filepath.Join(d.root, "sys/dev/block", text))
	if err != nil {
		return text
	}
	d.names[number] = strings.ReplaceAll(filepath.Base(link), "!", "/")
	return d.names[number]
}
