package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
)

// Faults in the command line are found before anything is compiled or started.
func TestBadFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-p 0":                "--pid 0: processes have numbers from 1 on",
		"-p -3":               "--pid -3: processes",
		"-p 4194999":          "--pid 4194999: there is no such process",
		"-p 1 -c true":        "leave out --pid",
		"-c /no/such/program": "--command: ",
		"-c '":                "--command: a quote has no end",
		"-o -1":               "--older -1",
		"-s 0":                "--sample-rate 0",
		"-T 0":                "--top 0",
		"-z 10 -Z 9":          "--min-size 10, --max-size 9",
		"-z -1":               "--min-size -1",
		"--sort name":         `--sort "name": want size or count`,
		"--percpu -p 1":       "--percpu is about the kernel",
		"-O c":                "--obj and --symbols-prefix are about a process",
		"--combined-only -a":  "leave out --show-allocs",
		"-t -f":               "--trace prints calls",
		"-p 1 0":              `interval "0"`,
		"-p 1 soon":           `interval "soon"`,
		"-p 1 1 0":            `count "0"`,
		"-p 1 1 2 3":          `unexpected argument "3"`,
		"-p 1 --no-such-flag": "no-such-flag",
	} {
		var stdout, stderr bytes.Buffer
		code := tool().Execute(context.Background(), append([]string{"memleak"}, strings.Fields(args)...), &stdout, &stderr)
		if code != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: status %d, %q, want %q", args, code, stderr.String(), want)
		}
	}
}

func TestWords(t *testing.T) {
	for command, want := range map[string][]string{
		"a":                {"a"},
		"  a\t b \n":       {"a", "b"},
		`sh -c 'a "b" \c'`: {"sh", "-c", `a "b" \c`},
		`a "b 'c' \"d"`:    {"a", `b 'c' "d`},
		`a\ b c"d"'e'`:     {"a b", "cde"},
		`a '' ""`:          {"a", "", ""},
		"größe 'x y'":      {"größe", "x y"},
	} {
		got, err := words(command)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", command, got, err, want)
		}
	}
	for _, bad := range []string{"", "  ", "'a", `a "b`, `a\`} {
		if got, err := words(bad); err == nil {
			t.Errorf("%q: got %q, want an error", bad, got)
		}
	}
}
