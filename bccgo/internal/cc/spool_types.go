package cc

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// typesPrefix begins the names of the kernels' types in a spool.
const typesPrefix = "types-"

// withSpooledTypes puts the kernel's types that a request needs into the spool,
// once for each kernel, since /sys is another one on the other side. The types
// of modules stay behind.
func withSpooledTypes(dir string, req *Request) (*Request, error) {
	if req.Tree == nil {
		return req, nil
	}
	tree := *req.Tree
	name, err := spooledTypes(dir, tree.BTF)
	if err != nil {
		return nil, &TreeError{Reason: fmt.Sprintf("hand them to the compiler at %s: %v", dir, err)}
	}
	tree.BTF, tree.Modules = name, nil
	out := *req
	out.Tree = &tree
	return &out, nil
}

// spooledTypes returns the name of a file's copy in the spool.
func spooledTypes(dir, file string) (string, error) {
	id, err := typesID(file)
	if err != nil {
		return "", err
	}
	name := typesPrefix + id
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return name, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return name, writeWhole(path, data)
}

// typesID tells kernels apart without reading all of their types: those of the
// running kernel by its build id, others by their file.
func typesID(file string) (string, error) {
	what := file
	if strings.HasPrefix(file, "/sys/") {
		notes, err := os.ReadFile("/sys/kernel/notes")
		if err != nil {
			return "", err
		}
		what += string(notes)
	} else {
		info, err := os.Stat(file)
		if err != nil {
			return "", err
		}
		what += fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	}
	return fmt.Sprintf("%.8x", sha256.Sum256([]byte(what))), nil
}

// findSpooledTypes is the other side's part.
func findSpooledTypes(dir string, req *Request) error {
	if req.Tree == nil || filepath.IsAbs(req.Tree.BTF) {
		return nil
	}
	if !strings.HasPrefix(req.Tree.BTF, typesPrefix) || !filepath.IsLocal(req.Tree.BTF) {
		return fmt.Errorf("the request names the kernel's types %q, which is no name in a spool", req.Tree.BTF)
	}
	req.Tree.BTF = filepath.Join(dir, req.Tree.BTF)
	return nil
}
