package main

import (
	"slices"
	"strings"
	"testing"
)

// feed makes a stage of lines "PACKAGE TEST ACTION [OUTPUT]"; "-" is no test.
func feed(t *testing.T, name string, lines ...string) *stage {
	t.Helper()
	s := newStage(name)
	for _, line := range lines {
		part := strings.SplitN(line, " ", 4)
		ev := event{Package: part[0], Test: part[1], Action: part[2]}
		if ev.Test == "-" {
			ev.Test = ""
		}
		if len(part) > 3 {
			ev.Output = part[3] + "\n"
		}
		s.add(ev)
	}
	return s
}

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		name   string
		stages []*stage
		broken []string
		want   []string // "PACKAGE TEST state"
		line   string
		ok     bool
	}{
		{
			name: "passed somewhere, skipped elsewhere",
			stages: []*stage{
				feed(t, "unit", "p A run", "p A skip", "p - pass"),
				feed(t, "vm", "p A run", "p A pass", "p - pass"),
			},
			want: []string{"p A pass"},
			line: "1 passed, 0 failed, 0 skipped",
			ok:   true,
		},
		{
			name: "failed somewhere, passed elsewhere",
			stages: []*stage{
				feed(t, "unit", "p A pass", "p - pass"),
				feed(t, "vm", "p A fail", "p - fail"),
			},
			want: []string{"p A fail"},
			line: "0 passed, 1 failed, 0 skipped",
		},
		{
			name: "skipped everywhere",
			stages: []*stage{
				feed(t, "unit", "p A skip", "p B pass", "p - pass"),
				feed(t, "live", "p A skip", "p B pass", "p - pass"),
			},
			want: []string{"p A skip", "p B pass"},
			line: "1 passed, 0 failed, 1 skipped",
			ok:   true,
		},
		{
			name: "parent skipped as a leaf, run with subtests elsewhere",
			stages: []*stage{
				feed(t, "unit", "p A skip", "p - pass"),
				feed(t, "vm", "p A pass", "p A/x pass", "p A/y skip", "p - pass"),
			},
			want: []string{"p A/x pass", "p A/y skip"},
			line: "1 passed, 0 failed, 1 skipped",
			ok:   true,
		},
		{
			name:   "failed subtest counts once",
			stages: []*stage{feed(t, "unit", "p A fail", "p A/x fail", "p A/x/1 fail", "p B pass", "p - fail")},
			want:   []string{"p A/x/1 fail", "p B pass"},
			line:   "1 passed, 1 failed, 0 skipped",
		},
		{
			name:   "parent that failed by itself",
			stages: []*stage{feed(t, "unit", "p A fail", "p A/x pass", "p - fail")},
			want:   []string{"p A fail", "p A/x pass"},
			line:   "1 passed, 1 failed, 0 skipped",
		},
		{
			name:   "package that failed without a test",
			stages: []*stage{feed(t, "unit", "p A pass", "p - fail")},
			want:   []string{"p fail", "p A pass"},
			line:   "1 passed, 1 failed, 0 skipped",
		},
		{
			name:   "test that did not finish",
			stages: []*stage{feed(t, "unit", "p A run", "p - fail")},
			want:   []string{"p A fail"},
			line:   "0 passed, 1 failed, 0 skipped",
		},
		{
			name:   "package that did not finish",
			stages: []*stage{feed(t, "unit", "p - start", "p A pass")},
			want:   []string{"p fail", "p A pass"},
			line:   "1 passed, 1 failed, 0 skipped",
		},
		{
			name:   "same name in two packages",
			stages: []*stage{feed(t, "unit", "p A pass", "p - pass", "q A fail", "q - fail")},
			want:   []string{"p A pass", "q A fail"},
			line:   "1 passed, 1 failed, 0 skipped",
		},
		{
			name:   "package without tests",
			stages: []*stage{feed(t, "unit", "p - skip")},
			line:   "0 passed, 0 failed, 0 skipped",
		},
		{
			name:   "broken stage that no test shows",
			stages: []*stage{feed(t, "unit", "p A pass", "p - pass")},
			broken: []string{"lint"},
			want:   []string{"stage lint fail", "p A pass"},
			line:   "1 passed, 1 failed, 0 skipped",
		},
		{
			name:   "broken stage that a test shows",
			stages: []*stage{feed(t, "unit", "p A fail", "p - fail")},
			broken: []string{"unit"},
			want:   []string{"p A fail"},
			line:   "0 passed, 1 failed, 0 skipped",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			list := verdicts(test.stages, test.broken)
			var got []string
			for _, v := range list {
				got = append(got, v.String()+" "+v.state)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if line, ok := tally(list); line != test.line || ok != test.ok {
				t.Errorf("got %q %t, want %q %t", line, ok, test.line, test.ok)
			}
		})
	}
}

func TestSkipReason(t *testing.T) {
	for output, want := range map[string]string{
		"=== RUN   A\n    a_test.go:1: no kprobes\n--- SKIP: A (0.00s)\n":                 "no kprobes",
		"    a_test.go:1: a log line\n    a_test.go:2: the reason\n--- SKIP: A (0.00s)\n": "the reason",
		"=== RUN   A\n--- SKIP: A (0.00s)\n":                                              "no reason given",
	} {
		if got := skipReason(output); got != want {
			t.Errorf("%q: got %q, want %q", output, got, want)
		}
	}
}

func TestDamagedLinesFail(t *testing.T) {
	s := newStage("vm")
	if err := s.read(strings.NewReader(`{"Action":"pass","Package":"p","Test":"A"}` + "\n" +
		`{"Action":"pass","Package":"p"}` + "\n" + `{"Action":"pa`)); err != nil {
		t.Fatal(err)
	}
	list := verdicts([]*stage{s}, nil)
	if line, ok := tally(list); ok || line != "1 passed, 1 failed, 0 skipped" {
		t.Errorf("got %q %t", line, ok)
	}
	if !strings.Contains(list[0].failures[0].output, "line 3") {
		t.Errorf("output %q does not name the line", list[0].failures[0].output)
	}
}
