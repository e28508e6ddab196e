package cc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// SpoolEnv names a directory through which requests go to a compiler elsewhere
// (see Serve) in place of a child of this process. A slow machine, an emulated
// one above all, shares such a directory with a fast one.
const SpoolEnv = "BCCGO_COMPILE_SPOOL"

// spoolVersion is that of the files in the spool. It grows whenever a request, a
// reply or what is in them gets another form or meaning, since both sides must
// read the same.
const spoolVersion = 3

// spoolPoll is how often either side looks for the other's file.
const spoolPoll = 20 * time.Millisecond

const (
	requestExt = ".request"
	replyExt   = ".reply"
)

// compileSpooled writes a request into dir and waits for its reply.
func compileSpooled(ctx context.Context, dir string, req *Request) (*Result, error) {
	start := time.Now()
	req, err := withSpooledTypes(dir, req)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(spooledRequest{Version: spoolVersion, Request: req})
	if err != nil {
		return nil, fmt.Errorf("encode compile request: %w", err)
	}
	name := filepath.Join(dir, fmt.Sprintf("%d-%d", os.Getpid(), start.UnixNano()))
	if err := writeWhole(name+requestExt, body); err != nil {
		return nil, fmt.Errorf("hand the text to the compiler at %s: %w", dir, err)
	}
	for {
		data, err := os.ReadFile(name + replyExt)
		switch {
		case err == nil:
			os.Remove(name + replyExt)
			return spooledReply(data)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read the compiler's reply: %w", err)
		}
		select {
		case <-ctx.Done():
			os.Remove(name + requestExt)
			return nil, &TimeoutError{After: time.Since(start), Err: context.Cause(ctx)}
		case <-time.After(spoolPoll):
		}
	}
}

// spooledRequest is a request as it lies in the spool. What has no version is
// older than versions are.
type spooledRequest struct {
	Version int `json:"version"`
	*Request
}

// spooled is a reply as it lies in the spool.
type spooled struct {
	Version int    `json:"version"`
	Reply   []byte `json:"reply"`
	Output  string `json:"output"`
	Status  string `json:"status,omitempty"`
	Code    int    `json:"code,omitempty"`
}

func spooledReply(data []byte) (*Result, error) {
	var r spooled
	if err := decodeSpooled(data, &r); err != nil {
		return nil, fmt.Errorf("decode the compiler's reply: %w", err)
	}
	if len(r.Reply) == 0 && r.Code == 1 && strings.TrimSpace(r.Output) != "" {
		return nil, &TextError{Output: r.Output}
	}
	var failed error
	if r.Status != "" {
		failed = errors.New(r.Status)
	}
	return readReply(r.Reply, r.Output, failed)
}

// Serve compiles the requests that appear in dir until ctx ends, two at a time.
// Equal requests are compiled once.
func Serve(ctx context.Context, dir string) error {
	if !haveCompiler {
		return &NoCompilerError{}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("open compile spool: %w", err)
	}
	s := &server{dir: dir, replies: make(map[string][]byte)}
	var group sync.WaitGroup
	defer group.Wait()
	slots := make(chan struct{}, 2)
	for ctx.Err() == nil {
		requests, err := filepath.Glob(filepath.Join(dir, "*"+requestExt))
		if err != nil {
			return fmt.Errorf("list compile spool: %w", err)
		}
		for _, path := range requests {
			taken := path + ".taken"
			if os.Rename(path, taken) != nil {
				continue // withdrawn by its sender
			}
			slots <- struct{}{}
			group.Go(func() {
				defer func() { <-slots }()
				s.answer(ctx, taken, strings.TrimSuffix(path, requestExt)+replyExt)
			})
		}
		select {
		case <-ctx.Done():
		case <-time.After(spoolPoll):
		}
	}
	return nil
}

type server struct {
	dir     string
	mu      sync.Mutex
	replies map[string][]byte
}

func (s *server) answer(ctx context.Context, taken, reply string) {
	body, err := os.ReadFile(taken)
	os.Remove(taken)
	if err != nil {
		fmt.Fprintf(os.Stderr, "bccgo: read compile request: %v\n", err)
		return
	}
	s.mu.Lock()
	known := s.replies[string(body)]
	s.mu.Unlock()
	if known == nil {
		known = answerNow(ctx, s.dir, body)
	}
	s.mu.Lock()
	s.replies[string(body)] = known
	s.mu.Unlock()
	if err := writeWhole(reply, known); err != nil {
		fmt.Fprintf(os.Stderr, "bccgo: write compile reply: %v\n", err)
	}
}

func answerNow(ctx context.Context, dir string, body []byte) []byte {
	r := spooled{Version: spoolVersion}
	req := new(Request)
	err := decodeSpooled(body, req)
	if err == nil {
		err = findSpooledTypes(dir, req)
	}
	if err == nil {
		r.Reply, r.Output, err = runChild(ctx, req)
	}
	if err != nil {
		r.Status = err.Error()
		var exit interface{ ExitCode() int }
		if errors.As(err, &exit) {
			r.Code = exit.ExitCode()
		}
	}
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Appendf(nil, `{"version":%d,"status":"the reply does not encode"}`, spoolVersion)
	}
	return data
}

// decodeSpooled decodes a file of the spool. The version is looked at first: one
// of another need not decode.
func decodeSpooled(data []byte, into any) error {
	var form struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	if form.Version != spoolVersion {
		return &SpoolVersionError{Own: spoolVersion, Other: form.Version}
	}
	return json.Unmarshal(data, into)
}

// writeWhole makes a file appear with all its content or not at all.
func writeWhole(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return err
	}
	return nil
}
