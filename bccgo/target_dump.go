package bccgo

import (
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
// host: target.json, the formats of all tracepoints below events, and the
// kernel's BTF and build id as vmlinux.btf and notes where it has any. The folder must be new or empty, and is
// removed again if something fails.
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
	for from, to := range map[string]string{"/sys/kernel/btf/vmlinux": targetBTF, "/sys/kernel/notes": targetNotes} {
		if err := copyIfThere(from, filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, targetFile), append(data, '\n'), 0o644)
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

func copyIfThere(from, to string) error {
	data, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
