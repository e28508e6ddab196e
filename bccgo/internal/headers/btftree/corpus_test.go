package btftree_test

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// corpusEnv is "all" to take every text of the corpus in place of a sample,
// and "record" to write the expectations that are missing, from installed
// headers.
const corpusEnv = "BCCGO_TEST_CORPUS"

// sampled is how many texts of the corpus there are for each that is compiled
// by default.
const sampled = 8

// goldenRelease is the kernel whose programs, compiled with its own headers, the
// corpus is compared with.
const goldenRelease = "6.1.0"

const goldenFile = "testdata/corpus/6.1.golden"

// corpus lists the texts of the corpus, or the sample of it.
func corpus(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("testdata/corpus/*.c")
	if err != nil || len(list) < 250 {
		t.Fatalf("%d texts, %v: want 250 at least", len(list), err)
	}
	if os.Getenv(corpusEnv) != "" {
		return list
	}
	var sample []string
	for i := 0; i < len(list); i += sampled {
		sample = append(sample, list[i])
	}
	return sample
}

// TestCorpus compiles the texts of the corpus for all kernels at hand with
// headers made from their types. On the kernel of the expectations the programs
// must be those that its own headers give, instruction for instruction.
func TestCorpus(t *testing.T) {
	compiling(t)
	golden := readGolden(t)
	for name, types := range theKernels(t) {
		t.Run(name, func(t *testing.T) {
			k := newTarget(t, types)
			if k.dir == "" {
				testenv.NeedTracefs(t)
			}
			for _, file := range corpus(t) {
				b, err := k.compile(t, readText(t, file), nil, false)
				if err != nil {
					t.Errorf("%s: %s", file, reason(err))
					continue
				}
				if strings.HasPrefix(name, goldenRelease) && !slices.Equal(sums(b), golden[filepath.Base(file)]) {
					t.Errorf("%s: other instructions than with the kernel's own headers\ngot  %q\nwant %q", file, sums(b), golden[filepath.Base(file)])
				}
			}
		})
	}
}

// TestCorpusWithHeaders compares the expectations with what installed headers
// give, or writes those that are missing.
func TestCorpusWithHeaders(t *testing.T) {
	compiling(t)
	if os.Getenv(corpusEnv) == "" {
		t.Skipf("compiles with installed headers, which takes minutes: set %s=all", corpusEnv)
	}
	k := goldenTarget(t)
	golden := readGolden(t)
	record := os.Getenv(corpusEnv) == "record"
	for _, file := range corpus(t) {
		name := filepath.Base(file)
		if record && golden[name] != nil {
			continue
		}
		b, err := k.compile(t, readText(t, file), nil, true)
		if err != nil {
			t.Errorf("%s: %s", file, reason(err))
			continue
		}
		got := sums(b)
		if record {
			golden[name] = got
			writeGolden(t, golden)
		} else if !slices.Equal(got, golden[name]) {
			t.Errorf("%s: got %q, want %q", file, got, golden[name])
		}
	}
}

// goldenTarget is the kernel of the expectations, with its headers installed.
func goldenTarget(t *testing.T) *target {
	t.Helper()
	for name, types := range theKernels(t) {
		if !strings.HasPrefix(name, goldenRelease) {
			continue
		}
		if _, err := os.Stat(filepath.Join("/lib/modules", name, "build")); err != nil {
			t.Skipf("no headers of kernel %s: %v", name, err)
		}
		return newTarget(t, types)
	}
	t.Skipf("no description of a kernel %s: run scripts/vm target", goldenRelease)
	return nil
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// readGolden reads lines of a text's name, a function's and its sum.
func readGolden(t *testing.T) map[string][]string {
	t.Helper()
	golden := make(map[string][]string)
	lines := bufio.NewScanner(strings.NewReader(readText(t, goldenFile)))
	for lines.Scan() {
		name, sum, _ := strings.Cut(lines.Text(), " ")
		golden[name] = append(golden[name], sum)
	}
	return golden
}

func writeGolden(t *testing.T, all map[string][]string) {
	t.Helper()
	var lines []string
	for name, list := range all {
		for _, sum := range list {
			lines = append(lines, name+" "+sum+"\n")
		}
	}
	slices.Sort(lines)
	if err := os.WriteFile(goldenFile, []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatal(err)
	}
}
