package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// key names a test across stages. Without a test it is the package itself;
// without a package it is the stage.
type key struct{ pkg, test string }

func (k key) String() string {
	return strings.TrimSpace(k.pkg + " " + k.test)
}

// verdict is what all stages together say about one test.
type verdict struct {
	key
	state    string
	reason   string    // why it was skipped, in the last stage that did
	failures []failure // one a stage
}

type failure struct{ stage, output string }

// verdicts joins stages: a test failed if it failed in any, else passed if it
// passed in any, else it was skipped. Only leaves count, and whatever failed
// without a leaf failing. broken names stages known to have failed, which is
// a verdict of its own where no test shows it.
func verdicts(stages []*stage, broken []string) []verdict {
	found := make(map[key]*verdict)
	inner := parents(stages)
	for _, s := range stages {
		failures := 0
		for path, p := range s.packages {
			failures += s.judge(found, path, p, inner)
		}
		if len(s.damage) > 0 {
			blame(found, key{test: "results of stage " + s.name}, s.name, strings.Join(s.damage, "\n"))
			failures++
		}
		if failures > 0 {
			broken = slices.DeleteFunc(slices.Clone(broken), func(name string) bool { return name == s.name })
		}
	}
	for _, name := range broken {
		blame(found, key{test: "stage " + name}, name, "it ended with an error; see its output above\n")
	}
	return sorted(found)
}

// parents finds the tests that have subtests in any stage.
func parents(stages []*stage) map[key]bool {
	inner := make(map[key]bool)
	for _, s := range stages {
		for path, p := range s.packages {
			for name := range p.tests {
				for at := strings.LastIndexByte(name, '/'); at > 0; at = strings.LastIndexByte(name, '/') {
					name = name[:at]
					inner[key{path, name}] = true
				}
			}
		}
	}
	return inner
}

// judge adds what one stage says about a package, and returns its failures.
func (s *stage) judge(found map[key]*verdict, path string, p *pkg, inner map[key]bool) (failures int) {
	for name, t := range p.tests {
		k := key{path, name}
		switch {
		case inner[k] && (!t.failed() || p.failures(name+"/")):
		case t.failed():
			blame(found, k, s.name, t.output.String()+unfinished(t))
			failures++
		case t.state == skipped:
			skip(found, k, skipReason(t.output.String()))
		default:
			at(found, k).state = passed
		}
	}
	if p.test.failed() && !p.failures("") {
		blame(found, key{pkg: path}, s.name, s.builds[p.failedBuild]+p.output.String()+unfinished(&p.test))
		failures++
	}
	return failures
}

func unfinished(t *test) string {
	if t.state == "" {
		return "(did not finish)\n"
	}
	return ""
}

func at(found map[key]*verdict, k key) *verdict {
	if found[k] == nil {
		found[k] = &verdict{key: k}
	}
	return found[k]
}

func blame(found map[key]*verdict, k key, stage, output string) {
	v := at(found, k)
	v.failures = append(v.failures, failure{stage, output})
}

func skip(found map[key]*verdict, k key, reason string) {
	at(found, k).reason = reason
}

// sorted settles every verdict and orders them by name.
func sorted(found map[key]*verdict) []verdict {
	list := make([]verdict, 0, len(found))
	for _, v := range found {
		switch {
		case len(v.failures) > 0:
			v.state = failed
		case v.state == "":
			v.state = skipped
		}
		list = append(list, *v)
	}
	slices.SortFunc(list, func(a, b verdict) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.test, b.test))
	})
	return list
}

// logLine is a line printed by t.Log or t.Skip.
var logLine = regexp.MustCompile(`(?m)^\s*\S+\.go:\d+: (.*)$`)

// skipReason finds what a skipped test said last.
func skipReason(output string) string {
	lines := logLine.FindAllStringSubmatch(output, -1)
	if len(lines) == 0 {
		return "no reason given"
	}
	return strings.TrimSpace(lines[len(lines)-1][1])
}

// tally counts verdicts.
func tally(list []verdict) (line string, ok bool) {
	count := make(map[string]int)
	for _, v := range list {
		count[v.state]++
	}
	return fmt.Sprintf("%d passed, %d failed, %d skipped", count[passed], count[failed], count[skipped]),
		count[failed] == 0 && count[passed] > 0
}
