package vet

import (
	"go/ast"
	"go/token"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Environment variables that set the analyzer's options where its flags cannot
// be given. Flags win.
const (
	// TargetEnv names a target's folder, as the flag target does.
	TargetEnv = "BCCGO_VET_TARGET"
	// VerboseEnv set to anything is the flag verbose.
	VerboseEnv = "BCCGO_VET_VERBOSE"
	// SkipTracepointsEnv set to anything is the flag skip-tracepoints.
	SkipTracepointsEnv = "BCCGO_VET_SKIP_TRACEPOINTS"
	// TestsEnv set to anything is the flag tests.
	TestsEnv = "BCCGO_VET_TESTS"
)

// settings are the analyzer's flags.
type settings struct {
	target          string
	verbose         bool
	skipTracepoints bool
	tests           bool
}

// Analyzer checks the C texts of a package.
//
// Its findings have the categories "compile", "warning", "tracepoint", "name",
// "kind", "layout" and "directive". An error of the analysis means that this host
// cannot compile, and says why.
var Analyzer = newAnalyzer()

func newAnalyzer() *analysis.Analyzer {
	s := &settings{target: os.Getenv(TargetEnv), verbose: os.Getenv(VerboseEnv) != "",
		skipTracepoints: os.Getenv(SkipTracepointsEnv) != "", tests: os.Getenv(TestsEnv) != ""}
	a := &analysis.Analyzer{
		Name: "bccgo",
		Doc: "check C texts of BPF programs\n\nCompiles the C texts that are handed to package bccgo and compares the names\n" +
			"and types that Go uses with theirs. See the package's documentation.",
		URL: "https://pkg.go.dev/github.com/bccgo/bcc/bccgo/vet",
		Run: func(pass *analysis.Pass) (any, error) { return nil, check(pass, s) },
	}
	a.Flags.StringVar(&s.target, "target", s.target, "compile for the kernel described in this `folder` (absolute), not for the running one")
	a.Flags.BoolVar(&s.verbose, "verbose", s.verbose, "say on standard error what is not checked, and why")
	a.Flags.BoolVar(&s.skipTracepoints, "skip-tracepoints", s.skipTracepoints, "leave out texts with tracepoints where tracefs cannot be read")
	a.Flags.BoolVar(&s.tests, "tests", s.tests, "check test files, too, which often have faults on purpose")
	return a
}

// check checks one package.
func check(pass *analysis.Pass, s *settings) error {
	c := &checker{pass: pass, settings: s}
	for _, f := range pass.Files {
		if s.tests || !strings.HasSuffix(c.file(f), "_test.go") {
			c.files = append(c.files, f)
		}
	}
	if !c.relevant() {
		return nil
	}
	return c.run()
}

// checker checks one package.
type checker struct {
	pass       *analysis.Pass
	settings   *settings
	files      []*ast.File
	flow       *flow
	directives directives
	texts      []*text
	compiler   *compiler
	// added are the files that findings are in beside those of the package.
	added map[*token.File]bool
}

// relevant tells whether the package can have anything to do with bccgo.
func (c *checker) relevant() bool {
	if len(c.files) == 0 {
		return false
	}
	for _, obj := range c.pass.TypesInfo.Uses {
		if isBccgo(obj.Pkg()) {
			return true
		}
	}
	return false
}

func (c *checker) run() error {
	c.flow = newFlow(c.pass, c.files)
	c.directives = c.readDirectives()
	c.findTexts()
	if len(c.texts) == 0 {
		return nil
	}
	if err := c.compileAll(); err != nil {
		return err
	}
	c.checkUses()
	return nil
}

// file is the name of the Go file that a node is in.
func (c *checker) file(n ast.Node) string { return c.pass.Fset.PositionFor(n.Pos(), false).Filename }

func (c *checker) line(n ast.Node) int { return c.pass.Fset.PositionFor(n.Pos(), false).Line }
