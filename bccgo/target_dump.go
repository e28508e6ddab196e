package bccgo

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// Names in a target's folder, beside its description.
const (
	targetEvents  = "events"
	targetBTF     = "vmlinux.btf"
	targetNotes   = "notes"
	targetConfig  = "config"
	targetModules = "modules"
)

// DumpTarget describes the running kernel in a folder, for ReadTarget on another
// host: target.json, the formats of all tracepoints below events and, where the
// kernel has them, its types (BTF) as vmlinux.btf, those of the modules that are
// loaded below modules, its configuration as config and its build id as notes.
// The folder must be new or empty, and is removed again if something fails.
//
// It needs root, for tracefs.
func DumpTarget(dir string) (err error) {
	if err := newFolder(dir); err != nil {
		return fmt.Errorf("describe this kernel: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("describe this kernel in %s: %w", dir, err), os.RemoveAll(dir))
		}
	}()
	t, err := HostTarget()
	if err != nil {
		return err
	}
	if err := dumpFormats(filepath.Join(dir, targetEvents)); err != nil {
		return err
	}
	if err := t.dumpKernel(dir); err != nil {
		return err
	}
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, targetFile), append(data, '\n'), 0o644)
}

// dumpKernel describes what headers are made from, and copies the build id.
func (t *Target) dumpKernel(dir string) (err error) {
	if t.VersionCode, err = probe.VersionCode(); err != nil {
		return err
	}
	if t.BTFSum, err = copyIfThere(typesFile, filepath.Join(dir, targetBTF)); err != nil {
		return err
	}
	if err := dumpModules(filepath.Join(dir, targetModules)); err != nil {
		return err
	}
	copies := map[string]string{"/sys/kernel/notes": targetNotes}
	config, err := probe.Running().ConfigFile()
	switch {
	case err == nil:
		copies[config] = targetConfig
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	for from, to := range copies {
		if _, err := copyIfThere(from, filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	return nil
}

// dumpModules copies the types of the modules that are loaded. One that is
// unloaded meanwhile is left out.
func dumpModules(dir string) error {
	files := moduleTypes(typesFile)
	if len(files) == 0 {
		return nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, file := range files {
		if _, err := copyIfThere(file, filepath.Join(dir, filepath.Base(file))); err != nil {
			return err
		}
	}
	return nil
}

// newFolder makes a folder, or takes an empty one.
func newFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("the folder %s is not empty", dir)
	}
	return err
}

// dumpFormats copies the format of each tracepoint.
func dumpFormats(dir string) error {
	names, err := probe.Running().Tracepoints()
	if err != nil {
		return err
	}
	for _, name := range names {
		category, event, _ := strings.Cut(name, ":")
		text, err := probe.Running().TracepointFormat(category, event)
		if unknown := new(UnknownHookError); errors.As(err, &unknown) {
			continue // its module was unloaded meanwhile
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, category, event)
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(path, "format"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// copyIfThere copies a file and returns its SHA-256 in hexadecimal, "" if there
// is none.
func copyIfThere(from, to string) (sum string, err error) {
	data, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(data)), os.WriteFile(to, data, 0o644)
}
