package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// testenv is what tests share, with what is below it. Nothing else may import it.
const testenv = module + "/internal/testenv"

// confined lists imports that only some folders may have: those that leave Go's
// safety, the library behind the compile step, which one benchmark compares with,
// and netlink.
var confined = map[string][]string{
	"C":                        {"bccgo/internal/cc"},
	"github.com/iovisor/gobpf": {"bccgo/internal/cc", "scripts/benchmark/gobpf"},
	"unsafe":                   {"bccgo/internal/cc", "bccgo/internal/layout", "bccgo/internal/sysbpf"},
	"github.com/vishvananda":   {"bccgo/internal/netdev"},
	testenv:                    testers,
}

// testers are the packages that are for tests alone.
var testers = []string{"internal/testenv", "examples/internal/lab", "tools/internal/tooltest"}

// layers says which packages of this module those below a folder may import;
// the first that fits counts. Arrows point down, and tools and examples use the
// public package alone.
var layers = []struct {
	dir string
	may []string
}{
	{"bccgo/internal", []string{"bccgo/internal"}},
	{"bccgo", []string{"bccgo"}},
	{"tools", []string{"bccgo", "tools/internal"}},
	{"examples", []string{"bccgo", "examples/internal"}},
	{"internal", []string{"internal"}},
}

func TestImports(t *testing.T) {
	for _, f := range goFiles(t) {
		report(t, forbiddenImports(f))
	}
	for name, n := range map[string]int{
		"bccgo/x.go": 3, "bccgo/x_test.go": 2, "bccgo/internal/cc/x.go": 2, "tools/t/x.go": 3, "tools/t/x_test.go": 2,
		"examples/e/x.go": 3, "bccgo/internal/layout/x.go": 3,
	} {
		wants(t, n, forbiddenImports(parse(t, name, []byte(`package x

import (
	"C"
	"fmt"
	"unsafe"
	"`+module+`/bccgo"
	"`+module+`/internal/testenv"
)
`))))
	}
}

// forbiddenImports lists the imports of a file that its place does not allow.
func forbiddenImports(f goFile) []string {
	var list []string
	for _, path := range f.imports() {
		if why := forbidden(f, path); why != "" {
			list = append(list, fmt.Sprintf("%s imports %s: %s", f.name, path, why))
		}
	}
	return list
}

// forbidden says why a file must not import a path, "" if it may.
func forbidden(f goFile, path string) string {
	isTester := slices.ContainsFunc(testers, func(dir string) bool { return within(f.dir(), dir) })
	if within(path, testenv) && (f.isTest() || isTester) {
		return ""
	}
	for prefix, dirs := range confined {
		if within(path, prefix) && !slices.ContainsFunc(dirs, func(dir string) bool { return within(f.dir(), dir) }) {
			return fmt.Sprintf("only %v may", dirs)
		}
	}
	for _, layer := range layers {
		if within(f.dir(), layer.dir) && within(path, module) {
			if !slices.ContainsFunc(layer.may, func(dir string) bool { return within(path, module+"/"+dir) }) {
				return fmt.Sprintf("%s may import %v only", layer.dir, layer.may)
			}
			return ""
		}
	}
	return ""
}

// within tells whether a path is a folder or below it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}
