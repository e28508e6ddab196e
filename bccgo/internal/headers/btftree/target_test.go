package btftree_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/source"
	"github.com/bccgo/bcc/internal/testenv"
)

// compiling marks a test that compiles many texts. They are the same for every
// machine, and an emulated one is too slow for them.
func compiling(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	if testenv.Current() == testenv.StageVM {
		t.Skip("compiles for all kernels at hand: run on the machine itself")
	}
	t.Setenv(cc.SpoolEnv, "") // whoever serves it has other files
}

// target is a kernel to compile for.
type target struct {
	dir     string // "" for the running kernel
	tree    cc.Tree
	bundle  bundle.Target
	formats string
}

// newTarget describes a kernel by the file with its types.
func newTarget(t *testing.T, types string) *target {
	t.Helper()
	if strings.HasPrefix(types, "/sys/") {
		return runningTarget(t, types)
	}
	dir := filepath.Dir(types)
	release := strings.TrimPrefix(filepath.Base(dir), "target-")
	k := &target{dir: dir, formats: filepath.Join(dir, "events")}
	k.tree.Version = versionOf(t, dir, release)
	k.tree.BTF = absolute(t, types)
	k.bundle = bundle.Target{Release: release, Machine: "x86_64", PossibleCPUs: 2, OnlineCPUs: 2}
	for _, file := range []string{filepath.Join(dir, "config"), "/boot/config-" + release} {
		if data, err := os.ReadFile(file); err == nil {
			k.tree.Config = data
		}
	}
	k.tree.Modules = glob(t, filepath.Join(absolute(t, dir), "modules/*"))
	return k
}

func runningTarget(t *testing.T, types string) *target {
	t.Helper()
	u, err := probe.Running().Uname()
	if err != nil {
		t.Fatal(err)
	}
	k := &target{formats: "/sys/kernel/tracing/events", tree: cc.Tree{BTF: types}}
	if k.tree.Version, err = probe.VersionCode(); err != nil {
		t.Fatal(err)
	}
	k.bundle = bundle.Target{Release: u.Release, Machine: u.Machine, PossibleCPUs: 2, OnlineCPUs: 2}
	if file, err := probe.Running().ConfigFile(); err == nil {
		if k.tree.Config, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range glob(t, filepath.Dir(types)+"/*") {
		if file != types {
			k.tree.Modules = append(k.tree.Modules, file)
		}
	}
	return k
}

func versionOf(t *testing.T, dir, release string) uint32 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "target.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), `"version":`)
	version, _, _ := strings.Cut(strings.TrimLeft(rest, ` "`), `"`)
	code, err := probe.ParseVersionCode(release, version)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// compile compiles a text with headers made from the kernel's types, or with
// those in /lib/modules if real is set.
func (k *target) compile(t *testing.T, text string, cflags []string, real bool) (*bundle.Bundle, error) {
	t.Helper()
	req := &cc.Request{Text: text, Cflags: cflags, Target: k.bundle, Formats: make(map[string]string)}
	for _, name := range source.Scan(text).Tracepoints {
		category, event, _ := strings.Cut(name, ":")
		data, err := os.ReadFile(filepath.Join(k.formats, category, event, "format"))
		if err != nil {
			return nil, fmt.Errorf("tracepoint %s: %w", name, err)
		}
		req.Formats[category+"/"+event] = string(data)
	}
	if real {
		req.HeadersRelease = k.bundle.Release
		req.Cflags = append(slices.Clone(cflags), "-Werror=implicit-function-declaration")
	} else {
		sources, err := btftree.FindSources(text, cflags)
		if err != nil {
			return nil, err
		}
		tree := k.tree
		tree.Includes, tree.Texts = sources.Includes, sources.Texts
		req.Tree = &tree
	}
	r, err := cc.Compile(context.Background(), req)
	if err != nil {
		return nil, err
	}
	return r.Bundle, nil
}

// sums are a program's functions with a sum of the instructions of each.
func sums(b *bundle.Bundle) []string {
	var list []string
	for _, f := range b.Functions {
		list = append(list, fmt.Sprintf("%s %x", f.Name, sha256.Sum256(f.Insns)))
	}
	slices.Sort(list)
	return list
}

// reason is the first error in a compiler's messages.
func reason(err error) string {
	var refusal *cc.TextError
	if !errors.As(err, &refusal) {
		return err.Error()
	}
	for line := range strings.Lines(refusal.Output) {
		if strings.Contains(line, "error: ") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(refusal.Output)
}
