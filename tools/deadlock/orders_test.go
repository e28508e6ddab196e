package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// orders is a program that takes mutexes; see testdata/orders.c.
type orders struct {
	*testenv.Proc
	t     *testing.T
	input io.WriteCloser
}

func buildOrders(t *testing.T) string {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	path := filepath.Join(t.TempDir(), "orders")
	cmd := exec.Command("gcc", "-O1", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-o", path, "testdata/orders.c", "-pthread")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func startOrders(t *testing.T, path, kind string) *orders {
	t.Helper()
	// Both ends are files, so that nothing runs on when the test has ended.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, kind)
	cmd.Stdin = r
	p := testenv.StartCmd(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	return &orders{p, t, w}
}

// run has the program take its mutexes.
func (o *orders) run() {
	o.t.Helper()
	if _, err := io.WriteString(o.input, "go\n"); err != nil {
		o.t.Fatal(err)
	}
	o.Await("(?m)^done$", time.Minute)
}

// names are the mutexes' by their addresses.
func (o *orders) names() map[string]string {
	o.t.Helper()
	names := map[string]string{}
	for _, f := range regexp.MustCompile(`(?m)^([abc]) ([0-9a-f]+)$`).FindAllStringSubmatch(o.Stdout(), -1) {
		names[fmt.Sprintf("0x%016s", f[2])] = f[1]
	}
	if len(names) != 3 {
		o.t.Fatalf("no three mutexes: %q", o.Stdout())
	}
	return names
}
