package headers

import (
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Words that choose a source of headers in place of a path.
const (
	// Auto takes the kernel's types first and installed headers for texts that
	// need what types lack. It is what happens without a choice.
	Auto = "auto"
	// FromTypes takes the kernel's types alone.
	FromTypes = "btf"
	// Installed takes installed headers alone.
	Installed = "kernel"
)

// Plan says which headers to compile with.
type Plan struct {
	// Types is the file with the kernel's types (BTF) to make headers of, which
	// is tried first; "" if there is none or none is wanted.
	Types string
	// Choice are the headers in files, nil if there are none or none are wanted.
	Choice *Choice
	// Lacking tells that headers in files were looked for in vain; see Missing.
	Lacking bool
}

// MakePlan decides for a kernel release. explicit is one of the words above or a
// place of headers, as for Choose; types is the file with the kernel's types,
// "" if there is none. Failures are *HeadersError.
func MakePlan(root rootfs.FS, release, explicit, types string) (*Plan, error) {
	switch explicit {
	case FromTypes:
		if types == "" {
			return nil, noTypes(release)
		}
		return &Plan{Types: types}, nil
	case Installed:
		choice, err := Choose(root, release, "")
		return &Plan{Choice: choice}, err
	case Auto, "":
		choice := find(root, release)
		if choice == nil && types == "" {
			return nil, alsoNoTypes(Missing(root, release))
		}
		return &Plan{Types: types, Choice: choice, Lacking: choice == nil}, nil
	}
	choice, err := Choose(root, release, explicit)
	return &Plan{Choice: choice}, err
}

const whyNoTypes = "there is no file /sys/kernel/btf/vmlinux, or no vmlinux.btf in the target's description (the kernel needs CONFIG_DEBUG_INFO_BTF)"

func noTypes(release string) error {
	return &HeadersError{
		Release: release,
		Tried:   []string{"the kernel's types (BTF): " + whyNoTypes},
		Fix:     []string{"install headers and choose auto or kernel in place of btf", "use a kernel with CONFIG_DEBUG_INFO_BTF=y"},
	}
}

// alsoNoTypes adds to an error that the kernel's types would have done as well.
func alsoNoTypes(e *HeadersError) error {
	e.Tried = append(e.Tried, "the kernel's types (BTF): "+whyNoTypes)
	return e
}
