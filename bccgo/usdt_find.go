package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/elfsym"
	"github.com/bccgo/bcc/bccgo/internal/nearest"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/bccgo/internal/usdt"
)

// usdtFile is a file with probes.
type usdtFile struct {
	*usdt.File
	// seenAs is its path as the process has it.
	seenAs string
	// info tells whether it is the same file later.
	info os.FileInfo
}

// usdtPlace is a probe of one file.
type usdtPlace struct {
	file  *usdtFile
	probe *usdt.Probe
}

// find reads the files.
func (u *USDT) find() error {
	if u.opts.Path == "" {
		return u.findMapped()
	}
	path, err := findFile(u.opts.Path, u.opts.PID)
	if err != nil {
		return err
	}
	if u.opts.PID != 0 {
		path = elfsym.Running(rootfs.Live, path, u.opts.PID)
	}
	return u.read(path, path)
}

// findMapped reads all files that the process runs. What is no ELF file has no
// probes; one that cannot be read may have.
func (u *USDT) findMapped() error {
	if err := checkFileName("process", u.opts.String(), u.opts.PID); err != nil {
		return err
	}
	files, err := elfsym.MappedFiles(rootfs.Live, u.opts.PID)
	if err != nil {
		return processError(u.opts.PID, err)
	}
	for _, f := range files {
		err := u.read(f.File, f.Path)
		if broken := new(ProbeFormatError); err != nil && !errors.As(err, &broken) {
			u.unread = append(u.unread, err)
		}
	}
	return nil
}

// processError says why a process's files are not known.
func processError(pid int, err error) error {
	reason := "cannot look into the process (of another user it needs CAP_SYS_PTRACE)"
	if errors.Is(err, fs.ErrNotExist) {
		reason = "there is no such process"
	}
	return &FileError{Kind: "process", Name: fmt.Sprint(pid), Reason: reason, Err: err}
}

func (u *USDT) read(path, seenAs string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read probes: %w", err)
	}
	f, err := usdt.Open(path)
	if err != nil {
		return err
	}
	if len(f.Probes) > 0 {
		u.files = append(u.files, usdtFile{File: f, seenAs: seenAs, info: info})
	}
	return nil
}

// places are the probes that a name, or a pattern, stands for; "" is all.
func (u *USDT) places(name string) []usdtPlace {
	var found []usdtPlace
	for i := range u.files {
		f := &u.files[i]
		for j := range f.Probes {
			if p := &f.Probes[j]; name == "" || p.Matches(name) {
				found = append(found, usdtPlace{f, p})
			}
		}
	}
	return found
}

// lookup finds the probe that a name stands for, in every file that has it.
func (u *USDT) lookup(name string) ([]usdtPlace, error) {
	var found []usdtPlace
	if !strings.ContainsAny(name, "*?[\\") {
		found = u.places(name)
	}
	names := probeNames(found)
	switch {
	case name == "" || len(found) == 0:
		return nil, u.notFound(name)
	case len(names) > 1:
		return nil, &AmbiguousProbeError{Probe: name, In: u.opts.String(), Have: names}
	}
	return found, nil
}

func (u *USDT) notFound(name string) error {
	e := &ProbeNotFoundError{Probe: name, In: u.opts.String(), Have: probeNames(u.places(""))}
	// What is not given need not be alike.
	candidates := e.Have
	if !strings.Contains(name, ":") {
		candidates = nil
		for _, full := range e.Have {
			_, plain, _ := strings.Cut(full, ":")
			candidates = append(candidates, plain)
		}
	}
	e.Nearest = nearest.In(name, candidates, 3)
	return e
}

// probeNames lists the full names of probes, each once, sorted.
func probeNames(places []usdtPlace) []string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = p.probe.String()
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// unchanged returns an error where the file is not the one that was read.
func (f *usdtFile) unchanged() error {
	now, err := os.Stat(f.Path)
	if err != nil {
		return fmt.Errorf("the file has gone since its probes were read: %w", err)
	}
	if !os.SameFile(f.info, now) || now.Size() != f.info.Size() || !now.ModTime().Equal(f.info.ModTime()) {
		return fmt.Errorf("%s was replaced since its probes were read: open it anew (NewUSDT)", f.Path)
	}
	return nil
}
