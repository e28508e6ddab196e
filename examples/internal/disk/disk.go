// Package disk translates between the names of disks and the numbers that the
// kernel gives with their requests.
package disk

import (
	"fmt"
	"os"
	"path/filepath"
)

// minorBits is how many bits of a dev_t are the minor number inside the kernel
// (MINORBITS in linux/kdev_t.h).
const minorBits = 20

// Number returns the number of a disk, such as "sda": a dev_t as the kernel
// itself has it. It is 0, which no disk has, for no name.
func Number(name string) (uint32, error) {
	if name == "" {
		return 0, nil
	}
	text, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(name), "dev"))
	if err != nil {
		return 0, fmt.Errorf("find disk %s: %w; lsblk -d lists the disks", name, err)
	}
	var major, minor uint32
	if _, err := fmt.Sscanf(string(text), "%d:%d", &major, &minor); err != nil {
		return 0, fmt.Errorf("find disk %s: its number is %q: %w", name, text, err)
	}
	return major<<minorBits | minor, nil
}

// Name returns the name of the disk with a number, or "MAJOR:MINOR" if there
// is none any more.
func Name(number uint32) string {
	text := fmt.Sprintf("%d:%d", number>>minorBits, number&(1<<minorBits-1))
	target, err := os.Readlink("/sys/dev/block/" + text)
	if err != nil {
		return text
	}
	return filepath.Base(target)
}
