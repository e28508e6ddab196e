// Package distro tells the Linux distribution's family, so that advice can
// name the right package and the command that installs it.
package distro

import (
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Family is a group of distributions that share a package manager.
type Family string

// The families advice is given for. Unknown means advice for all of them.
const (
	Unknown Family = ""
	Debian  Family = "debian"
	Fedora  Family = "fedora"
	Arch    Family = "arch"
	Alpine  Family = "alpine"
)

// Detect reads /etc/os-release, else /usr/lib/os-release, below root. A
// distribution that names none of the known families in ID or ID_LIKE, or a
// root without the files, is Unknown.
func Detect(root rootfs.FS) Family {
	text, err := root.ReadFile("/etc/os-release")
	if err != nil {
		if text, err = root.ReadFile("/usr/lib/os-release"); err != nil {
			return Unknown
		}
	}
	return parse(string(text))
}

func parse(text string) Family {
	var ids []string
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			ids = append(strings.Fields(value), ids...)
		case "ID_LIKE":
			ids = append(ids, strings.Fields(value)...)
		}
	}
	for _, id := range ids {
		if f := family(id); f != Unknown {
			return f
		}
	}
	return Unknown
}

func family(id string) Family {
	switch id {
	case "debian", "ubuntu":
		return Debian
	case "fedora", "rhel", "centos":
		return Fedora
	case "arch":
		return Arch
	case "alpine":
		return Alpine
	}
	return Unknown
}

// Packages names one package in each family; a family that lacks it is left
// empty.
type Packages struct {
	Debian, Fedora, Arch, Alpine string
}

// Install returns the commands that install p: one for a known family, one
// per family, each with the family in a trailing comment, for Unknown or
// for a family that p leaves empty.
func (p Packages) Install(f Family) []string {
	all := []struct {
		family  Family
		name    string
		command string
		who     string
	}{
		{Debian, p.Debian, "apt install ", "Debian, Ubuntu"},
		{Fedora, p.Fedora, "dnf install ", "Fedora, RHEL"},
		{Arch, p.Arch, "pacman -S ", "Arch"},
		{Alpine, p.Alpine, "apk add ", "Alpine"},
	}
	var out []string
	for _, one := range all {
		if one.name == "" {
			continue
		}
		if one.family == f {
			return []string{one.command + one.name}
		}
		out = append(out, one.command+one.name+"  # "+one.who)
	}
	return out
}
