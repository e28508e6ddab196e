package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// event is one line of test2json's output, and of the build output that
// "go test -json" mixes in.
type event struct {
	Action      string
	Package     string  `json:",omitempty"`
	Test        string  `json:",omitempty"`
	Elapsed     float64 `json:",omitempty"`
	Output      string  `json:",omitempty"`
	Key         string  `json:",omitempty"` // attr, from testing.T.Attr
	Value       string  `json:",omitempty"`
	ImportPath  string  `json:",omitempty"` // build-output, build-fail
	FailedBuild string  `json:",omitempty"` // of a package that did not build
}

// parseEvent reads one line. Anything but an event is an error.
func parseEvent(line []byte) (event, error) {
	var ev event
	if err := json.Unmarshal(line, &ev); err != nil {
		return ev, err
	}
	if ev.Action == "" {
		return ev, errors.New("no action")
	}
	return ev, nil
}

// eachLine calls f with the number and text of every line, newline included
// where there is one. Lines may be of any length.
func eachLine(r io.Reader, f func(number int, line []byte) error) error {
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if err := f(number, line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
}
