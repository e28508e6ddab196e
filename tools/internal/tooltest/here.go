package tooltest

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Execute runs a tool in this process and returns its exit status and what it
// printed.
func Execute(tool *toolkit.Tool, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = tool.Execute(context.Background(), append([]string{tool.Name}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// Refused runs a tool in this process with wrong arguments: it has to say so in
// one line on standard error, with a text in it, and to exit with 1.
func Refused(t testing.TB, tool *toolkit.Tool, want string, args ...string) {
	t.Helper()
	code, stdout, stderr := Execute(tool, args...)
	if code != 1 || stdout != "" || !strings.HasPrefix(stderr, tool.Name+": ") || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("%q: %d, %q, %q", args, code, stdout, stderr)
	}
}

// Printed returns what f prints in a session.
func Printed(t testing.TB, common toolkit.Common, f func(s *toolkit.Session) error) string {
	t.Helper()
	var buf bytes.Buffer
	out := toolkit.NewOutput(&buf)
	if err := f(&toolkit.Session{Common: common, Out: out}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// Feed gives events to the steps of a tool's printer.
func Feed[E any](events []E, heading func() error, record func(*E) error, finish func() error) error {
	if err := heading(); err != nil {
		return err
	}
	for i := range events {
		if err := record(&events[i]); err != nil {
			return err
		}
	}
	return finish()
}
