package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

const page = `# alphasnoop

Prints a line for each alpha, as
[betasnoop](betasnoop.md#columns) does for betas. More follows.

    # alphasnoop -x
    PID  NAME_OF
    7    *some*

## Columns

| Column | Meaning |
|---|---|
| PID | process |

### Kernels

See [all](README.md), [security](../security.md) and [the site](https://example.com/).
`

const own = `# NAME

alphasnoop - trace alphas

# OPTIONS

**-p**, **--pid** *PID*
: only process PID
`

func TestManual(t *testing.T) {
	roff := string(md2man.Render([]byte(manual("alphasnoop", own, page))))
	for _, want := range []string{
		".TH alphasnoop 8", ".SH NAME\nalphasnoop \\- trace alphas", ".TP\n\\fB-p\\fP, \\fB--pid\\fP \\fIPID\\fP\nonly process PID",
		".SH OUTPUT", "as\nbetasnoop does for betas", "7    *some*", ".SH COLUMNS", ".TP\n\\fBPID\\fP\nprocess", ".SS Kernels",
		"the site (https://example.com/)", ".SH SEE ALSO\n\\fBbetasnoop\\fP(8)\n",
	} {
		if !strings.Contains(strings.ReplaceAll(roff, "\n.PP\n", "\n"), want) {
			t.Errorf("no %q in\n%s", want, roff)
		}
	}
	if strings.Contains(roff, "README") || strings.Contains(roff, ".TS") || strings.Contains(roff, "](") {
		t.Errorf("links are left in\n%s", roff)
	}
}

func TestManualOfThePageAlone(t *testing.T) {
	if got := manual("alphasnoop", "", page); !strings.Contains(got, "# NAME\n\nalphasnoop - prints a line for each alpha, as [betasnoop](betasnoop.md#columns) does for betas\n") {
		t.Error(got)
	}
}

// fakeTool writes a program that answers --manual with a text and status.
func fakeTool(t *testing.T, dir, name, text, status string) {
	t.Helper()
	script := "#!/bin/sh\n[ \"$1\" = --manual ] && cat <<'END'\n" + text + "END\nexit " + status + "\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

// The formatter has no complaints about pages made of real ones.
func TestPagesFormat(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not installed")
	}
	pages, err := filepath.Glob("../../docs/tools/[a-z]*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	bin, out := t.TempDir(), t.TempDir()
	for _, p := range pages {
		fakeTool(t, bin, strings.TrimSuffix(filepath.Base(p), ".md"), own, "0")
	}
	if err := write(bin, out, pages); err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		file := filepath.Join(out, strings.TrimSuffix(filepath.Base(p), ".md")+".8")
		cmd := exec.Command(groff, "-t", "-Kutf8", "-man", "-wall", "-Wbreak", "-Tutf8", file)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		text, err := cmd.Output()
		if err != nil || !strings.Contains(string(text), "trace alphas") || complaints.Len() > 0 {
			t.Errorf("%s: %v: %s", p, err, complaints.String())
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	bin, out := t.TempDir(), t.TempDir()
	md := filepath.Join(bin, "alphasnoop.md")
	if err := os.WriteFile(md, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, pages := range map[string][]string{"no pages given": nil, "make build": {md}, "no such file": {md + "x"}} {
		if err := write(bin, out, pages); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", pages, err)
		}
	}
	fakeTool(t, bin, "alphasnoop", "unknown flag\n", "1")
	if err := write(bin, out, []string{md}); err != nil {
		t.Errorf("a program without --manual: %v", err)
	}
}
