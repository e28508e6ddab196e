// Testsummary joins the results of the stages that the tests run in.
//
//	testsummary [-failed STAGE]... [-proofs PAGE.md]... FILE.json...
//
// reads what "go test -json" or test2json wrote, one file a stage, and prints
// the output of what failed, what was skipped in every stage and why, and as
// the last line "N passed, N failed, N skipped". A test counts once: as failed
// if it failed in any stage, else as passed if it passed in any. Tests with
// subtests do not count themselves. -failed names a stage that ended with an
// error, which counts as a failure where its file does not show one. -proofs
// names a page whose tests (`folder/TestName` between backquotes) must have
// passed somewhere. The exit status is 1 when something failed or nothing
// passed.
//
//	testsummary -tee FILE.json [-expect PACKAGE,...] [PIPE...]
//
// copies events from standard input, or from all pipes at a time, to the file and
// prints a line a package.
// The exit status is 1 when a package failed or an expected one is missing.
//
//	testsummary -parity FILE.json
//
// prints a table of what tests compared of each tool with BCC's, and what failed.
// The exit status is 1 when something failed or nothing was compared.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// module is the path that the tests' packages begin with.
const module = "github.com/bccgo/bcc"

func main() {
	var broken, pages []string
	flag.Func("failed", "`stage` that ended with an error", func(name string) error {
		broken = append(broken, name)
		return nil
	})
	flag.Func("proofs", "`page` that names tests which must have passed", func(name string) error {
		pages = append(pages, name)
		return nil
	})
	to := flag.String("tee", "", "copy events from standard input to this `file`")
	expect := flag.String("expect", "", "with -tee: comma-separated `packages` that must have a result")
	parity := flag.String("parity", "", "print what tests compared with BCC's tools in the stage of this `file`")
	flag.Parse()

	ok, err := false, error(nil)
	if *parity != "" {
		ok, err = parityOf(os.Stdout, *parity)
	} else if *to != "" {
		ok, err = teeTo(*to, strings.Split(*expect, ","), flag.Args())
	} else {
		ok, err = summarize(flag.Args(), broken, pages)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "testsummary: %v\n", err)
	}
	if !ok || err != nil {
		os.Exit(1)
	}
}

func teeTo(path string, expect, pipes []string) (ok bool, err error) {
	inputs := []io.Reader{os.Stdin}
	if len(pipes) > 0 {
		inputs = nil
	}
	for _, pipe := range pipes {
		in, err := os.Open(pipe)
		if err != nil {
			return false, err
		}
		defer in.Close()
		inputs = append(inputs, in)
	}
	file, err := os.Create(path)
	if err != nil {
		return false, err
	}
	ok, err = tee(inputs, file, os.Stdout, expect)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return ok, err
}

// summarize reports all files. One that cannot be read is a failed stage.
func summarize(paths, broken, pages []string) (bool, error) {
	var stages []*stage
	for _, path := range paths {
		s, err := readStage(path)
		if err != nil {
			s.damage = append(s.damage, err.Error())
		}
		stages = append(stages, s)
	}
	list := verdicts(stages, broken)
	for _, page := range pages {
		missing, err := unproved(page, module, list)
		if err != nil {
			return false, err
		}
		list = append(list, missing...)
	}
	return report(os.Stdout, list), nil
}

// readStage reads one file. Its name without the ending names the stage. The
// stage holds what was read also when there is an error.
func readStage(path string) (*stage, error) {
	s := newStage(strings.TrimSuffix(filepath.Base(path), ".json"))
	file, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer file.Close()
	if err := s.read(file); err != nil {
		return s, fmt.Errorf("read %s: %w", path, err)
	}
	return s, nil
}
