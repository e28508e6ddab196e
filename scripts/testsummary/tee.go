package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// tee copies the events of running tests to a file and prints a line a package,
// with the output of what failed. Lines that are no events are printed. It reports
// whether every package passed. The inputs are read at the same time; a package
// is in one of them.
//
// An expected package without an end, because its tests did not build or the
// machine died, is written to the file as failed.
func tee(inputs []io.Reader, file, w io.Writer, expect []string) (ok bool, err error) {
	s := newStage("")
	ok = true
	var line sync.Mutex // of the stage, the file and the output
	errs := make([]error, len(inputs))
	var group sync.WaitGroup
	for i, r := range inputs {
		group.Go(func() {
			errs[i] = eachLine(r, func(_ int, text []byte) error {
				line.Lock()
				defer line.Unlock()
				fine, err := s.tee(text, file, w)
				ok = ok && fine
				return err
			})
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return false, err
	}
	for _, path := range missing(s, expect) {
		for _, ev := range []event{
			{Action: "output", Package: path, Output: "no result: the tests did not build, or what ran them ended early\n"},
			{Action: failed, Package: path},
		} {
			s.add(ev)
			if err := json.NewEncoder(file).Encode(ev); err != nil {
				return false, err
			}
		}
		ok = s.printPackage(w, path) && ok
	}
	return ok, nil
}

// tee copies a line. It reports whether it does not end a package that failed.
func (s *stage) tee(line []byte, file, w io.Writer) (ok bool, err error) {
	ok = true
	ev, err := parseEvent(line)
	if err != nil {
		_, err := w.Write(line)
		return true, err
	}
	s.add(ev)
	if ev.Test == "" && isEnd(ev) {
		ok = s.printPackage(w, ev.Package)
	}
	_, err = file.Write(line)
	return ok, err
}

func isEnd(ev event) bool {
	return ev.Action == passed || ev.Action == failed || ev.Action == skipped
}

// missing lists the packages expected or begun that have not ended.
func missing(s *stage, expect []string) []string {
	list := slices.Clone(expect)
	for path := range s.packages {
		list = append(list, path)
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(path string) bool {
		p := s.packages[path]
		return path == "" || p != nil && p.state != ""
	})
}

// printPackage prints how a package ended, and reports whether that is well. A
// package without tests gets no line.
func (s *stage) printPackage(w io.Writer, path string) bool {
	p := s.packages[path]
	if p.state == skipped {
		return true
	}
	if !p.test.failed() {
		fmt.Fprintf(w, "ok\t%s\t%.1fs%s\n", path, p.elapsed, p.skips())
		return true
	}
	names := make([]string, 0, len(p.tests))
	for name, t := range p.tests {
		if t.failed() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(w, "--- FAIL: %s\n%s", name, indent(p.tests[name].output.String()))
	}
	fmt.Fprint(w, indent(s.builds[p.failedBuild]+p.output.String()))
	fmt.Fprintf(w, "FAIL\t%s\t%.1fs\n", path, p.elapsed)
	return false
}

// skips tells how many tests were skipped, if any.
func (p *pkg) skips() string {
	count := 0
	for name, t := range p.tests {
		if t.state == skipped && !strings.Contains(name, "/") {
			count++
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("\t(%d of %d skipped)", count, p.topLevel())
}

func (p *pkg) topLevel() int {
	count := 0
	for name := range p.tests {
		if !strings.Contains(name, "/") {
			count++
		}
	}
	return count
}
