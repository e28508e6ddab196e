package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// proof matches a test that a page names: its folder below the module, a slash
// and its name, or its name and that of one of its parts, between backquotes.
var proof = regexp.MustCompile("`((?:[\\w.-]+/)+?)((?:Test|Example|Fuzz)\\w+(?:/\\w+)?)`")

// unproved returns a verdict for each test that a page names as the proof of
// something and that passed in no stage: one that is always skipped proves
// nothing.
func unproved(page, module string, list []verdict) ([]verdict, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, fmt.Errorf("read proofs: %w", err)
	}
	known := settled(list)
	missing := make(map[key]*verdict)
	for _, m := range proof.FindAllStringSubmatch(string(text), -1) {
		k := key{module + "/" + strings.TrimSuffix(m[1], "/"), m[2]}
		if !known[k] && missing[k] == nil {
			blame(missing, k, "proofs", page+" names this test, and it passed in no stage\n")
		}
	}
	return sorted(missing), nil
}

// settled are the tests and subtests that ran to an end, and those of whose
// subtests one did.
// Failed ones are among them, since they are reported as such.
func settled(list []verdict) map[key]bool {
	ran := make(map[key]bool)
	for _, v := range list {
		if v.state == skipped {
			continue
		}
		top, _, _ := strings.Cut(v.test, "/")
		ran[key{v.pkg, top}], ran[v.key] = true, true
	}
	return ran
}
