package cc

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
)

// Tree asks for headers made from a kernel's types (see package btftree).
type Tree struct {
	// BTF is the file with the kernel's types.
	BTF string `json:"btf"`
	// Modules are the files with the types of modules, named like these; they
	// are read if the text needs what the kernel proper lacks.
	Modules []string `json:"modules,omitempty"`
	// Config is the kernel's configuration, if it is known.
	Config []byte `json:"config,omitempty"`
	// Version is the kernel's, as LINUX_VERSION_CODE has it.
	Version uint32 `json:"version"`
	// Includes are the headers that have to be there, as empty files.
	Includes []string `json:"includes,omitempty"`
	// Texts are those of the user's own headers.
	Texts []string `json:"texts,omitempty"`
	// More are further names to provide.
	More []string `json:"more,omitempty"`

	taken []string // the files of Modules that the headers were made from
}

// TreeError means that no headers could be made from a kernel's types.
type TreeError struct {
	Reason string
}

func (e *TreeError) Error() string { return "make headers from the kernel's types: " + e.Reason }

// treeCflags stand against what would pass with headers that lack something: a
// call of an inline function that is not there compiles and then fails in the
// verifier.
var treeCflags = []string{"-Werror=implicit-function-declaration"}

// makeTree writes the tree for a request into dir.
func makeTree(req *Request, dir string) error {
	kernel, err := readTypes(req.Tree)
	if err != nil {
		return err
	}
	r := &btftree.Request{Text: req.Text, Cflags: req.Cflags, More: append(req.Tree.More, req.Tree.Texts...), Version: req.Tree.Version}
	if len(req.Tree.Config) > 0 {
		if r.Config, err = btftree.ReadConfig(req.Tree.Config); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(req.Formats)) {
		r.Formats = append(r.Formats, req.Formats[name])
	}
	header, err := btftree.Generate(kernel, r)
	if err != nil {
		return err
	}
	warnGuesses(header)
	for _, file := range req.Tree.Modules {
		if slices.Contains(kernel.Modules(), filepath.Base(file)) {
			req.Tree.taken = append(req.Tree.taken, file)
		}
	}
	return btftree.Write(dir, header, req.Tree.Includes)
}

// warnGuesses says, beside the compiler's messages, what was not certain.
func warnGuesses(h *btftree.Header) {
	for _, name := range h.Unknown {
		fmt.Fprintf(os.Stderr, "warning: the text asks for %s, and the kernel's configuration is not known (/proc/config.gz, /boot/config-RELEASE): it counts as off\n", name)
	}
	for _, name := range h.Ambiguous {
		fmt.Fprintf(os.Stderr, "warning: the kernel has several enumerators %s with different values: the first one's is taken\n", name)
	}
}

func readTypes(t *Tree) (*btftree.Kernel, error) {
	data, err := os.ReadFile(t.BTF)
	if err != nil {
		return nil, fmt.Errorf("read the kernel's types: %w", err)
	}
	kernel, err := btftree.ReadKernel(data)
	if err != nil {
		return nil, err
	}
	for _, file := range t.Modules {
		kernel.OfferModule(filepath.Base(file), func() ([]byte, error) { return os.ReadFile(file) })
	}
	return kernel, nil
}
