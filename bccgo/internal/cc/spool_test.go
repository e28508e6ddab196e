package cc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// startServer runs a spool server for the test and makes Compile use it.
func startServer(t *testing.T) string {
	t.Helper()
	if testenv.Current() == testenv.StageVM {
		t.Skip("compiles here as anywhere, and takes its time in an emulated machine")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, dir) }()
	t.Setenv(SpoolEnv, dir)
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return dir
}

func TestSpool(t *testing.T) {
	dir := startServer(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			b, err := compile(t, counting)
			if err != nil || b.Function("count") == nil {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
	group.Wait()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left in the spool, %v", left, err)
	}
}

func TestSpoolPassesErrors(t *testing.T) {
	startServer(t)
	_, err := compile(t, "int f(void *ctx)\n{\n\treturn none;\n}\n")
	var text *TextError
	if !errors.As(err, &text) || !strings.Contains(text.Output, "undeclared identifier 'none'") {
		t.Errorf("got %T: %v", err, err)
	}
	// An oversized stack makes the child exit before it can reply.
	_, err = compile(t, "int f(void *ctx)\n{\n\tchar b[600];\n\t__builtin_memset(b, 1, sizeof(b));\n\tbpf_trace_printk(\"%s\", b);\n\treturn b[5];\n}\n")
	if !errors.As(err, &text) || !strings.Contains(text.Output, "stack") {
		t.Errorf("got %T: %v", err, err)
	}
}

func TestSpoolWithoutServer(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(SpoolEnv, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Compile(ctx, request(t, counting))
	var late *TimeoutError
	if !errors.As(err, &late) {
		t.Fatalf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("%v is left in the spool", left)
	}
}

func TestSpoolMissing(t *testing.T) {
	t.Setenv(SpoolEnv, filepath.Join(t.TempDir(), "none"))
	if _, err := compile(t, counting); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}
