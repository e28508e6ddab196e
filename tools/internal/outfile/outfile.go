// Package outfile writes the files that flags of tools ask for: beside their places,
// which they take when they are complete.
package outfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Set are files to be written at the end of a run. The zero Set has none.
type Set struct {
	open []output
}

type output struct {
	*os.File
	flag, path string
	write      func(w io.Writer) error
}

// Open prepares a file, so that a run is not lost because it cannot be written, and
// remembers what writes it. An empty path asks for none. An error names the flag,
// and leaves nothing of the set behind.
func (s *Set) Open(flag, path string, write func(w io.Writer) error) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return errors.Join(fmt.Errorf("%s %s: this is no regular file: name one that may be replaced", flag, path), s.Close())
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return errors.Join(fmt.Errorf("%s %s: %w", flag, path, err), s.Close())
	}
	s.open = append(s.open, output{file, flag, path, write})
	return nil
}

// Write writes the files.
func (s *Set) Write() error {
	for len(s.open) > 0 {
		o := s.open[0]
		s.open = s.open[1:]
		if err := o.finish(); err != nil {
			return errors.Join(fmt.Errorf("%s %s: %w", o.flag, o.path, err), o.discard())
		}
	}
	return nil
}

func (o *output) finish() error {
	w := bufio.NewWriter(o)
	if err := o.write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	const readable = 0o644
	if err := o.Chmod(readable); err != nil {
		return err
	}
	if err := o.File.Close(); err != nil {
		return err
	}
	return os.Rename(o.Name(), o.path)
}

// discard removes a file that is not complete.
func (o *output) discard() error {
	_ = o.File.Close() // it may be closed
	return os.Remove(o.Name())
}

// Close removes what was not written.
func (s *Set) Close() error {
	var errs []error
	for _, o := range s.open {
		errs = append(errs, o.discard())
	}
	s.open = nil
	return errors.Join(errs...)
}
