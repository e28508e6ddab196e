package btftree_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// textsEnv is a folder with further texts, NAME.c each, with arguments for
// the compiler in NAME.cflags, a line each. What installed headers make of
// them is kept there in NAME.sums.
const textsEnv = "BCCGO_TEST_TEXTS"

// expected are the sums that a text gives with installed headers, nil if it does
// not compile. They are kept beside the text, since that takes long.
func (k *target) expected(t *testing.T, file string, cflags []string) []string {
	t.Helper()
	kept := strings.TrimSuffix(file, ".c") + ".sums"
	if data, err := os.ReadFile(kept); err == nil {
		return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
	}
	b, err := k.compile(t, readText(t, file), cflags, true)
	var list []string
	if err != nil {
		t.Logf("%s: not even with headers: %s", filepath.Base(file), reason(err))
	} else {
		list = sums(b)
	}
	if err := os.WriteFile(kept, []byte(strings.Join(list, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestForeignTexts compiles texts that nothing here was made for: those of a
// folder that a variable names. Nearly all of those that compile with the
// kernel's own headers must give the same program with headers made from its
// types.
func TestForeignTexts(t *testing.T) {
	compiling(t)
	dir := os.Getenv(textsEnv)
	if dir == "" {
		t.Skipf("no folder with texts: set %s", textsEnv)
	}
	k := goldenTarget(t)
	compiled, same := 0, 0
	for _, file := range glob(t, dir+"/*.c") {
		var cflags []string
		if data, err := os.ReadFile(strings.TrimSuffix(file, ".c") + ".cflags"); err == nil {
			cflags = strings.Split(strings.TrimSpace(string(data)), "\n")
		}
		want := k.expected(t, file, cflags)
		if len(want) == 0 {
			continue
		}
		compiled++
		switch got, err := k.compile(t, readText(t, file), cflags, false); {
		case err != nil:
			t.Logf("%s: %s", filepath.Base(file), reason(err))
		case !slices.Equal(sums(got), want):
			t.Logf("%s: other instructions", filepath.Base(file))
		default:
			same++
		}
	}
	t.Logf("%d of %d texts give the same program", same, compiled)
	if compiled == 0 || same*100 < compiled*98 {
		t.Errorf("%d of %d texts give the same program, fewer than 98 %%", same, compiled)
	}
}
