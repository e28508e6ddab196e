package source

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs, run with -update and read the difference; got:\n%s", path, got)
	}
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.c")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, file := range files {
		base := strings.TrimSuffix(filepath.Base(file), ".c")
		t.Run(base, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			summary, err := json.MarshalIndent(Scan(text), "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			shadow := ShadowEvents(text)
			golden(t, base+".summary", string(summary)+"\n")
			golden(t, base+".annotated", Annotate(text, ForFile("prog.go")))
			golden(t, base+".shadow", Annotate(shadow.Text, ForFile("prog.go")))
			if got := undo(shadow); got != text {
				t.Errorf("without insertions the text is\n%s", got)
			}
		})
	}
}
