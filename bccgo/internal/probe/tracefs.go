package probe

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// TracefsReason says why tracefs cannot be used.
type TracefsReason string

// The reasons a TracefsError may have.
const (
	TracefsNotMounted  TracefsReason = "not mounted"
	TracefsNotReadable TracefsReason = "not readable"
	TracefsMissing     TracefsReason = "not part of this kernel"
	TracefsLocked      TracefsReason = "closed by the kernel's lockdown mode confidentiality"
)

// mountTracefs is the command that makes tracefs available.
const mountTracefs = "mount -t tracefs tracefs /sys/kernel/tracing"

// TracefsError says that the kernel's tracing files cannot be read and what
// to do about it.
type TracefsError struct {
	Reason TracefsReason
	Path   string // where it is mounted; "" where it is not
	Err    error  // the failed access; nil where there was none
}

func (e *TracefsError) Error() string {
	text := "tracefs is " + string(e.Reason)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + "; " + e.Fix()
}

// Fix returns what to do, as a phrase.
func (e *TracefsError) Fix() string {
	switch e.Reason {
	case TracefsNotReadable:
		return "run as root"
	case TracefsMissing:
		return "use a kernel built with CONFIG_FTRACE and CONFIG_EVENT_TRACING"
	case TracefsLocked:
		return "boot with lockdown=integrity or without lockdown= (Secure Boot may set it)"
	}
	return "as root: " + mountTracefs
}

func (e *TracefsError) Unwrap() error {
	return e.Err
}

// Tracefs returns the directory tracefs is mounted on: /sys/kernel/tracing,
// else /sys/kernel/debug/tracing, else wherever /proc/mounts says. A failure
// is a *TracefsError. The directory is remembered once found.
func (k *Kernel) Tracefs() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tracefs != "" {
		return k.tracefs, nil
	}
	var denied *TracefsError
	dirs := append([]string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}, k.tracefsMounts()...)
	for _, dir := range dirs {
		// An unmounted mount point is an empty directory, so look inside.
		found, err := k.root.Exists(path.Join(dir, "events"))
		if found {
			k.tracefs = dir
			return dir, nil
		}
		if err != nil && denied == nil {
			denied = &TracefsError{Reason: TracefsNotReadable, Path: dir, Err: err}
		}
	}
	if k.tracefsLocked() {
		return "", &TracefsError{Reason: TracefsLocked}
	}
	if denied != nil {
		return "", denied
	}
	if !k.hasFilesystem("tracefs") {
		return "", &TracefsError{Reason: TracefsMissing}
	}
	return "", &TracefsError{Reason: TracefsNotMounted}
}

// tracefsLocked reports whether lockdown keeps the kernel from making the files
// of tracefs, which leaves it mounted and empty.
func (k *Kernel) tracefsLocked() bool {
	text, err := k.root.ReadLine("/sys/kernel/security/lockdown")
	if err != nil {
		return false
	}
	mode, err := parseLockdown(text)
	return err == nil && mode == "confidentiality"
}

// mountPath undoes the escapes of a path in /proc/mounts.
var mountPath = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// tracefsMounts lists the mounts of tracefs, and the tracing directory of
// those of debugfs. An unreadable /proc gives none: the usual places are
// tried anyway.
func (k *Kernel) tracefsMounts() []string {
	file, err := k.root.Open("/proc/mounts")
	if err != nil {
		return nil
	}
	defer file.Close()
	var dirs []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 {
			continue
		}
		switch fields[2] {
		case "tracefs":
			dirs = append(dirs, mountPath.Replace(fields[1]))
		case "debugfs":
			dirs = append(dirs, path.Join(mountPath.Replace(fields[1]), "tracing"))
		}
	}
	return dirs
}

// hasFilesystem reports whether the kernel knows a type of file system. It
// is taken to where the list cannot be read.
func (k *Kernel) hasFilesystem(name string) bool {
	text, err := k.root.ReadFile("/proc/filesystems")
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[len(fields)-1] == name {
			return true
		}
	}
	return false
}

// readTracefs reads a file below tracefs. A refusal is a *TracefsError; a
// file that is not there is fs.ErrNotExist.
func (k *Kernel) readTracefs(name string) (string, error) {
	dir, err := k.Tracefs()
	if err != nil {
		return "", err
	}
	text, err := k.root.ReadFile(path.Join(dir, name))
	if errors.Is(err, fs.ErrPermission) {
		return "", &TracefsError{Reason: TracefsNotReadable, Path: dir, Err: err}
	}
	if err != nil {
		return "", fmt.Errorf("read tracefs: %w", err)
	}
	return string(text), nil
}
