package source

import (
	"os"
	"strings"
	"testing"
)

// BenchmarkLocate finds a tool's text in its Go files.
func BenchmarkLocate(b *testing.B) {
	const file = "../../../tools/opensnoop/main.go"
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "const program = `")
	text, _, ok := strings.Cut(rest, "`")
	line := strings.Count(string(data[:strings.Index(string(data), "bccgo.LoadContext(")]), "\n") + 1
	if !ok {
		b.Fatal("no text found")
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := Locate(file, line, "extra\n"+text)
		if err != nil || m.Files()[0] != file {
			b.Fatal(m.Files(), err)
		}
	}
}
