package cc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/secure"
)

// childEnv marks a process as a compile child.
const childEnv = "BCCGO_COMPILE_CHILD"

// The child's descriptors for its request and reply.
const (
	requestFD = 3
	replyFD   = 4
)

// Compile runs the compiler on a request in a child process.
//
// The child ends with the call, whatever happens: it is killed when ctx ends,
// and by the kernel when this process dies. Errors are *LibraryError,
// *TextError, *UnsupportedError, *ChildError, *TimeoutError,
// *NoCompilerError or *RightsError.
func Compile(ctx context.Context, req *Request) (*Result, error) {
	if secure.Process() {
		return nil, &RightsError{}
	}
	if dir := os.Getenv(SpoolEnv); dir != "" {
		return compileSpooled(ctx, dir, req)
	}
	if !haveCompiler {
		return nil, &NoCompilerError{}
	}
	start := time.Now()
	reply, output, err := runChild(ctx, req)
	if ctxErr := context.Cause(ctx); ctxErr != nil && err != nil {
		return nil, &TimeoutError{After: time.Since(start), Err: ctxErr}
	}
	return readReply(reply, output, err)
}

// runChild returns the child's reply and what it printed; err tells how it
// ended if not well.
func runChild(ctx context.Context, req *Request) (reply []byte, output string, err error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, "", fmt.Errorf("encode compile request: %w", err)
	}
	pipes, err := newPipes()
	if err != nil {
		return nil, "", err
	}
	defer pipes.close()
	if req.Tree != nil {
		tree, err := newTreeDir()
		if err != nil {
			return nil, "", err
		}
		defer tree.close()
		pipes.tree = tree.file
	}

	var printed bytes.Buffer
	cmd := childCommand(ctx, req, pipes, &printed)
	done := make(chan error, 1)
	replies := make(chan []byte, 1)
	go func() { done <- runLocked(cmd, pipes) }()
	go func() {
		data, _ := io.ReadAll(pipes.replyR) // a short reply is told by its content
		replies <- data
	}()
	_, writeErr := pipes.requestW.Write(body)
	pipes.requestW.Close()
	reply = <-replies
	err = <-done
	if err == nil && writeErr != nil {
		err = fmt.Errorf("send compile request: %w", writeErr)
	}
	return reply, printed.String(), err
}

func childCommand(ctx context.Context, req *Request, p *pipes, printed *bytes.Buffer) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = []string{"bccgo-compile"}
	cmd.Env = append(childEnviron(os.Environ()), childEnv+"=1")
	cmd.Env = append(cmd.Env, req.Settings...)
	cmd.ExtraFiles = []*os.File{p.requestR, p.replyW}
	switch {
	case p.tree != nil:
		cmd.Env = append(cmd.Env, "BCC_KERNEL_SOURCE="+childTree)
		cmd.ExtraFiles = append(cmd.ExtraFiles, p.tree)
	case req.HeadersTree != "":
		cmd.Env = append(cmd.Env, "BCC_KERNEL_SOURCE="+req.HeadersTree)
	}
	cmd.Stdout, cmd.Stderr = printed, printed
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// childEnviron drops what would change the result behind the request's back.
func childEnviron(env []string) []string {
	kept := make([]string, 0, len(env)+2)
	dropped := append([]string{"BCC_KERNEL_SOURCE", "BCC_KERNEL_MODULES_SUFFIX", "GOTRACEBACK"}, SettingNames...)
	for _, kv := range env {
		if name, _, _ := strings.Cut(kv, "="); !slices.Contains(dropped, name) {
			kept = append(kept, kv)
		}
	}
	return kept
}

// runLocked starts the child and waits for it on one thread: the kernel sends
// the parent-death signal when the thread that forked ends, not the process.
func runLocked(cmd *exec.Cmd, p *pipes) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	p.requestR.Close()
	p.replyW.Close()
	if err != nil {
		return fmt.Errorf("start compile child: %w", err)
	}
	return cmd.Wait()
}

// readReply turns what came back into a result or a typed error.
func readReply(reply []byte, output string, err error) (*Result, error) {
	if len(reply) == 0 || (reply[0] != replyBundle && reply[0] != replyError) {
		return nil, childFailed(output, err)
	}
	if reply[0] == replyError {
		return nil, replyFailure(reply[1:], output)
	}
	r, bad := unmarshalResult(reply[1:])
	if bad != nil {
		return nil, &ChildError{Status: status(err), Output: output, Err: bad}
	}
	r.Bundle.Diagnostics = output
	return r, nil
}

// childFailed explains an end without a reply. libbcc calls exit(1) for some
// errors of the text, an oversized stack among them, after printing why.
func childFailed(output string, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && strings.TrimSpace(output) != "" {
		return &TextError{Output: output}
	}
	// LLVM aborts over what it cannot make instructions of, and Go then prints
	// where the abort hit.
	if before, _, aborted := strings.Cut(output, "SIGABRT: abort"); aborted && strings.Contains(before, "LLVM ERROR: ") {
		return &TextError{Output: before}
	}
	return &ChildError{Status: status(err), Output: output, Err: err}
}

func replyFailure(body []byte, output string) error {
	var f failure
	if err := json.Unmarshal(body, &f); err != nil {
		return &ChildError{Status: "its reply does not decode", Output: output, Err: err}
	}
	switch f.Kind {
	case failLibrary:
		name, reason, _ := strings.Cut(f.Text, "\n")
		return &LibraryError{Library: name, Reason: reason}
	case failCompile:
		return &TextError{Output: output}
	case failTree:
		return &TreeError{Reason: f.Text}
	case failTarget:
		return &TargetError{Release: f.Text}
	case failUnsupported:
		name, what, _ := strings.Cut(f.Text, "\n")
		return &UnsupportedError{Function: name, What: what, File: f.File, Line: f.Line, Col: f.Col, Output: output}
	}
	return &ChildError{Status: f.Text, Output: output}
}

func status(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// pipes joins parent and child.
type pipes struct {
	requestR, requestW, replyR, replyW *os.File
	// tree is the folder for headers, if some are to be made.
	tree *os.File
}

func newPipes() (*pipes, error) {
	p := new(pipes)
	var err error
	if p.requestR, p.requestW, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("open pipe to compile child: %w", err)
	}
	if p.replyR, p.replyW, err = os.Pipe(); err != nil {
		p.requestR.Close()
		p.requestW.Close()
		return nil, fmt.Errorf("open pipe from compile child: %w", err)
	}
	return p, nil
}

func (p *pipes) close() {
	for _, f := range []*os.File{p.requestR, p.requestW, p.replyR, p.replyW} {
		f.Close()
	}
}
