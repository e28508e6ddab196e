package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		work()
		return
	}
	testenv.Main(m)
}

// outcome is what a command line gave.
type outcome struct {
	status         int
	stdout, stderr string
}

// execute runs a command line in this process.
func execute(args ...string) outcome {
	var out, errs bytes.Buffer
	con := &console{stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	status := con.execute(append([]string{"bccgo"}, args...))
	return outcome{status, out.String(), errs.String()}
}
