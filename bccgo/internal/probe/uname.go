package probe

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Uname is what uname(2) tells about the kernel.
type Uname struct {
	Release string // "6.1.0-56-amd64"
	Version string // "#1 SMP PREEMPT_DYNAMIC …"
	Machine string // "x86_64"; "" where a moved root does not tell
}

// Uname reads the kernel's identity, once. The values come from
// /proc/sys/kernel, which, unlike uname(2), no personality of this process
// alters; the machine is asked of uname(2) on kernels before 6.1, which do not
// list it there.
func (k *Kernel) Uname() (Uname, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.uname != nil {
		return *k.uname, nil
	}
	u, err := k.readUname()
	if err == nil {
		k.uname = &u
	}
	return u, err
}

func (k *Kernel) readUname() (Uname, error) {
	var u Uname
	for _, one := range []struct {
		name string
		to   *string
	}{
		{"osrelease", &u.Release},
		{"version", &u.Version},
	} {
		text, err := k.root.ReadLine("/proc/sys/kernel/" + one.name)
		if err != nil {
			return Uname{}, fmt.Errorf("read the kernel's %s: %w", one.name, err)
		}
		*one.to = text
	}
	machine, err := k.machine()
	u.Machine = machine
	return u, err
}

func (k *Kernel) machine() (string, error) {
	text, err := k.root.ReadLine("/proc/sys/kernel/arch")
	if err == nil {
		return text, nil
	}
	if !k.root.IsLive() {
		return "", nil
	}
	var raw unix.Utsname
	if err := unix.Uname(&raw); err != nil {
		return "", fmt.Errorf("uname: %w", err)
	}
	return unix.ByteSliceToString(raw.Machine[:]), nil
}

// Release reads the kernel's release, such as "6.1.0-56-amd64".
func (k *Kernel) Release() (string, error) {
	release, err := k.root.ReadLine("/proc/sys/kernel/osrelease")
	if err != nil {
		return "", fmt.Errorf("read the kernel's release: %w", err)
	}
	return release, nil
}

// Version is the numeric start of a kernel release.
type Version struct {
	Major, Minor, Patch int
}

// ParseVersion reads the numbers a release starts with: "6.1.0-56-amd64" is
// 6.1.0 and "6.12-rc3" is 6.12.0. A release without two leading numbers is
// an error.
func ParseVersion(release string) (Version, error) {
	numbers := make([]int, 3)
	rest := release
	for i := range numbers {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.Atoi(rest[:digits])
		if err != nil {
			if i == 2 {
				break
			}
			return Version{}, fmt.Errorf("kernel release %q does not start with a version", release)
		}
		numbers[i] = n
		var dot bool
		if rest, dot = strings.CutPrefix(rest[digits:], "."); !dot {
			rest = ""
		}
	}
	return Version{numbers[0], numbers[1], numbers[2]}, nil
}

// Version reads the running kernel's version. Distributions count their own
// patches elsewhere in the release, so Patch is no proof of a fix.
func (k *Kernel) Version() (Version, error) {
	release, err := k.Release()
	if err != nil {
		return Version{}, err
	}
	return ParseVersion(release)
}

// AtLeast reports whether v is major.minor or later.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}
