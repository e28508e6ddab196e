package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestUsageErrors(t *testing.T) {
	empty := t.TempDir()
	for _, test := range []struct {
		args   []string
		stderr string
	}{
		{[]string{"rnu", "a.c"}, `bccgo: no command rnu. Did you mean "run"? See bccgo help`},
		{[]string{"--versoin"}, "bccgo: no option --versoin; did you mean --version? See bccgo help"},
		{[]string{"run", "--durration", "5", "a.c"}, "bccgo: no option --durration; did you mean --duration? See bccgo help run"},
		{[]string{"run", "a.c", "-x"}, "bccgo: no option -x; see bccgo help run"},
		{[]string{"run", "a.c", "-d", "soon"}, `bccgo: invalid value "soon" for flag -d: parse error; see bccgo help run`},
		{[]string{"run", "a.c", "-d", "-1"}, "bccgo: --duration -1: give a number of seconds, 0 or more"},
		{[]string{"run", "a.c", "-d", "NaN"}, "bccgo: --duration NaN: give a number of seconds, 0 or more"},
		{[]string{"run"}, "bccgo: run takes one C file or bundle, or -e TEXT; see bccgo help run"},
		{[]string{"run", "a.c", "b.c"}, "bccgo: run takes one C file or bundle, or -e TEXT; see bccgo help run"},
		{[]string{"run", "a.c", "-e", "int f;"}, "bccgo: run takes one C file or bundle, or -e TEXT; see bccgo help run"},
		{[]string{"run", "-D", "=1", "a.c"}, `bccgo: -D "=1": write NAME=VALUE`},
		{[]string{"check"}, "bccgo: check what? Name C files or bundles; see bccgo help check"},
		{[]string{"compile"}, "bccgo: compile takes one C file, got 0; see bccgo help compile"},
		{[]string{"compile", "a.c", "b.c"}, "bccgo: compile takes one C file, got 2; see bccgo help compile"},
		{[]string{"gen"}, "bccgo: gen takes C or Go files; see bccgo help gen"},
		{[]string{"gen", "--package", "a-b", "a.c"}, `bccgo: --package: generate Go types: "a-b" is no name for a package`},
		{[]string{"gen", filepath.Join(empty, "no.go")},
			"bccgo: find C texts: open " + filepath.Join(empty, "no.go") + ": no such file or directory"},
		{[]string{"doctor", "me"}, "bccgo: doctor takes no argument; see bccgo help doctor"},
		{[]string{"check", "--no-load", filepath.Join(empty, "no.c")},
			"bccgo: read program: open " + filepath.Join(empty, "no.c") + ": no such file or directory"},
		{[]string{"check", "--no-load", empty}, "bccgo: read program: read " + empty + ": is a directory"},
		{[]string{"compile", "--target", empty, "a.c"},
			"bccgo: read target " + empty + ": open " + filepath.Join(empty, "target.json") + ": no such file or directory"},
	} {
		got := execute(test.args...)
		if got.status != 2 || got.stdout != "" || got.stderr != test.stderr+"\n" {
			t.Errorf("%q: got status %d, stdout %q, stderr\n%swant 2 and\n%s", test.args, got.status, got.stdout, got.stderr, test.stderr)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, cmd := range []string{"run", "check", "compile", "gen", "doctor"} {
		for _, args := range [][]string{{"help", cmd}, {cmd, "--help"}} {
			got := execute(args...)
			if got.status != 0 || got.stderr != "" {
				t.Errorf("%q: status %d, stderr %q", args, got.status, got.stderr)
			}
			for _, want := range []string{"EXAMPLES:", "bccgo " + cmd + " ", "Exit status: 0", "OPTIONS:"} {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("%q: no %q in\n%s", args, want, got.stdout)
				}
			}
			if strings.Contains(got.stdout, "--serve") {
				t.Errorf("%q shows the hidden --serve", args)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	got := execute("--version")
	if fields := strings.Fields(got.stdout); got.status != 0 || len(fields) < 4 || fields[0] != "bccgo" || fields[1] != "version" {
		t.Errorf("got %+v", got)
	}
}

func TestCompletion(t *testing.T) {
	args := os.Args
	defer func() { os.Args = args }()
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"--generate-bash-completion"}, []string{"run", "check", "compile", "gen", "doctor"}},
		{[]string{"run", "--d", "--generate-bash-completion"}, []string{"--define", "--duration"}},
	} {
		os.Args = append([]string{"bccgo"}, test.args...) // where the completion looks
		words := strings.Fields(execute(test.args...).stdout)
		for _, want := range test.want {
			if !slices.Contains(words, want) {
				t.Errorf("%q: no %s in %q", test.args, want, words)
			}
		}
	}
}
