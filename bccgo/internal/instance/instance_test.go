package instance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

const (
	tracing = "sys/kernel/tracing/"
	event   = tracing + printkEvent + "/enable"
)

func TestCreateRefused(t *testing.T) {
	files := map[string]string{event: "0", tracing + "instances/": ""}
	for _, test := range []struct {
		name, missing, reason string
	}{
		{"before 5.9", event, "Linux 5.9"},
		{"without instances", tracing + "instances/", "no directory"},
	} {
		changed := map[string]string{tracing + "events/": ""}
		for name, content := range files {
			if name != test.missing {
				changed[name] = content
			}
		}
		_, err := Create(probe.New(roottest.Tree(t, changed)), Options{})
		var unsupported *probe.UnsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), test.reason) || !strings.Contains(err.Error(), "TracePrint") {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	var tracefs *probe.TracefsError
	if _, err := Create(probe.New(roottest.Tree(t, nil)), Options{}); !errors.As(err, &tracefs) {
		t.Errorf("without tracefs: got %v", err)
	}
}

// TestCreateCleansUp makes an instance in a directory that is no tracefs, so
// that it cannot be set up.
func TestCreateCleansUp(t *testing.T) {
	root := roottest.Tree(t, map[string]string{event: "0", tracing + "instances/": ""})
	_, err := Create(probe.New(root), Options{})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "set up the trace instance") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(string(root), tracing, "instances")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
