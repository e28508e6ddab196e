package bccgo

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/headers"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Target is a kernel to compile for. The running kernel is the default; a
// description read with ReadTarget stands for another one.
type Target struct {
	// Release and Machine are what uname -r and uname -m print there.
	Release string `json:"release"`
	Version string `json:"version,omitempty"`
	Machine string `json:"machine"`
	// PossibleCPUs and OnlineCPUs count its processors.
	PossibleCPUs int `json:"possible_cpus"`
	OnlineCPUs   int `json:"online_cpus"`
	// VersionCode is LINUX_VERSION_CODE there; 0 means that it is worked out from
	// Release and Version.
	VersionCode uint32 `json:"version_code,omitempty"`
	// Headers is as Options.Headers; Options.Headers wins.
	Headers string `json:"headers,omitempty"`
	// BTF is a file with the kernel's types, raw or the section .BTF of an ELF
	// file, to make headers of. Empty means the running kernel's if the target is
	// that, and none else.
	BTF string `json:"btf,omitempty"`
	// BTFSum is the SHA-256 of that file in hexadecimal; a file with another one
	// is refused. Empty means that it is not checked.
	BTFSum string `json:"btf_sha256,omitempty"`
	// Config is a file with the kernel's configuration, plain or gzipped. Empty
	// means the running kernel's if the target is that, and none else.
	Config string `json:"config,omitempty"`
	// EventsDir holds tracepoint formats as CATEGORY/EVENT/format, the way
	// tracefs's events directory does. Empty means the running kernel's.
	EventsDir string `json:"events_dir,omitempty"`
}

// targetFile is the description's name in a target directory.
const targetFile = "target.json"

// HostTarget describes the running kernel.
func HostTarget() (*Target, error) {
	u, err := probe.Running().Uname()
	if err != nil {
		return nil, fmt.Errorf("describe this kernel: %w", err)
	}
	possible, err := probe.Running().PossibleCPUs()
	if err != nil {
		return nil, fmt.Errorf("count processors: %w", err)
	}
	online, err := probe.Running().OnlineCPUs()
	if err != nil {
		return nil, fmt.Errorf("count processors: %w", err)
	}
	return &Target{Release: u.Release, Version: u.Version, Machine: u.Machine,
		PossibleCPUs: len(possible), OnlineCPUs: len(online)}, nil
}

// ReadTarget reads a target description: a directory with target.json and, for
// tracepoints, an events folder laid out as tracefs lays it out.
func ReadTarget(dir string) (*Target, error) {
	data, err := os.ReadFile(filepath.Join(dir, targetFile))
	if err != nil {
		return nil, fmt.Errorf("read target %s: %w", dir, err)
	}
	t := new(Target)
	if err := json.Unmarshal(data, t); err != nil {
		return nil, fmt.Errorf("read target %s: %w", dir, err)
	}
	if t.Release == "" || t.Machine == "" || t.PossibleCPUs <= 0 {
		return nil, fmt.Errorf("read target %s: %s needs release, machine and possible_cpus", dir, targetFile)
	}
	t.EventsDir = dirBelow(dir, t.EventsDir, targetEvents)
	t.BTF = fileBelow(dir, t.BTF, targetBTF)
	t.Config = fileBelow(dir, t.Config, targetConfig)
	return t, nil
}

// dirBelow resolves a path of a description against its folder.
func dirBelow(dir, path, fallback string) string {
	if path == "" {
		path = fallback
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// fileBelow is dirBelow for a file that need not be there, "" if it is not.
func fileBelow(dir, path, fallback string) string {
	file := dirBelow(dir, path, fallback)
	if _, err := os.Stat(file); path == "" && err != nil {
		return ""
	}
	return file
}

func (t *Target) bundleTarget() bundle.Target {
	return bundle.Target{Release: t.Release, Version: t.Version, Machine: t.Machine,
		PossibleCPUs: t.PossibleCPUs, OnlineCPUs: t.OnlineCPUs}
}

// format returns the format text of a tracepoint, "" if the target has none of
// that name.
func (t *Target) format(category, event string) (string, error) {
	if t.EventsDir == "" {
		text, err := probe.Running().TracepointFormat(category, event)
		var none *probe.UnknownError
		if errors.As(err, &none) {
			return "", nil
		}
		return text, err
	}
	data, err := os.ReadFile(filepath.Join(t.EventsDir, category, event, "format"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(data), err
}

// headers chooses the kernel headers for a compile.
func (t *Target) headers(option string) (*headers.Plan, error) {
	_, fromEnv := headers.FromEnvironment(t.Release)
	return headers.MakePlan(rootfs.Live, t.Release, cmp.Or(option, t.Headers, fromEnv), t.types())
}
