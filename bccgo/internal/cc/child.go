//go:build cgo

package cc

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/iovisor/gobpf/bcc"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/secure"
)

/*
#cgo LDFLAGS: -L${SRCDIR} -ldl
#include <stdlib.h>
#include "libbcc.h"
#include "capture.h"
*/
import "C"

// haveCompiler tells that this binary can become a compile child.
const haveCompiler = true

// init becomes the compile child if the parent said so, and then never returns.
func init() {
	if os.Getenv(childEnv) == "" {
		return
	}
	os.Unsetenv(childEnv)
	if secure.Process() {
		fmt.Fprintln(os.Stderr, "bccgo:", &RightsError{})
		os.Exit(2)
	}
	runtime.LockOSThread()
	os.Exit(child())
}

// child serves one request and returns the exit status.
func child() int {
	in, out := os.NewFile(requestFD, "request"), os.NewFile(replyFD, "reply")
	if in == nil || out == nil {
		fmt.Fprintln(os.Stderr, "bccgo: the compile child was started without its pipes")
		return 2
	}
	reply := serve(in)
	C.bccgo_flush()
	if _, err := out.Write(reply); err != nil {
		fmt.Fprintf(os.Stderr, "bccgo: send compile reply: %v\n", err)
		return 2
	}
	return 0
}

func serve(in io.Reader) []byte {
	body, err := io.ReadAll(in)
	if err != nil {
		return failed(failInternal, "read compile request: "+err.Error())
	}
	req := new(Request)
	if err := json.Unmarshal(body, req); err != nil {
		return failed(failInternal, "decode compile request: "+err.Error())
	}
	list, err := newFileList()
	if err != nil {
		return failed(failInternal, err.Error())
	}
	b, fail := compileHere(req, list)
	if fail != nil {
		return refused(fail)
	}
	files, err := list.read(buildDir(req))
	if err != nil {
		return failed(failInternal, err.Error())
	}
	if req.Tree != nil {
		files = append(files, req.Tree.taken...)
	}
	reply, err := (&Result{Bundle: b, Files: files}).marshal()
	if err != nil {
		return failed(failInternal, err.Error())
	}
	return reply
}

// buildDir is the folder that libbcc compiles in: of a tree in two halves the
// one with the common headers.
func buildDir(req *Request) string {
	switch {
	case req.Tree != nil:
		return childTree
	case req.HeadersTree != "":
		return req.HeadersTree
	}
	release := req.HeadersRelease
	if release == "" {
		release = req.Target.Release
	}
	source := filepath.Join("/lib/modules", release, "source")
	if info, err := os.Stat(source); err == nil && info.IsDir() {
		return source
	}
	return filepath.Join("/lib/modules", release, "build")
}

func failed(kind, text string) []byte { return refused(&failure{Kind: kind, Text: text}) }

func refused(fail *failure) []byte {
	body, err := json.Marshal(fail)
	if err != nil {
		body = []byte(`{"kind":"internal","text":"the error does not encode"}`)
	}
	return append([]byte{replyError}, body...)
}

// compileHere compiles in this process.
func compileHere(req *Request, list *fileList) (*bundle.Bundle, *failure) {
	tree := beginTree(req)
	if fail := open(req); fail != nil {
		return nil, fail
	}
	cflags, fail := tree()
	if fail != nil {
		return nil, fail
	}
	capture, fail := startCapture(req)
	if fail != nil {
		return nil, fail
	}
	if fail := compileExports(req); fail != nil {
		return nil, fail
	}
	C.bccgo_set_compile(C.uint(req.Debug), C.int(req.Target.PossibleCPUs))
	if bcc.NewModule(req.Text, slices.Concat(list.cflags(), cflags, req.Cflags)) == nil {
		return nil, &failure{Kind: failCompile}
	}
	c := &collector{req: req, mod: C.bccgo_module(), capture: capture}
	return c.bundle()
}

// compileExports makes libbcc know the tables that the text declares extern.
func compileExports(req *Request) *failure {
	if len(req.Exports) == 0 {
		return nil
	}
	text, err := exportsText(req.Exports)
	if err != nil {
		return &failure{Kind: failInternal, Text: err.Error()}
	}
	C.bccgo_set_compile(0, C.int(req.Target.PossibleCPUs))
	if bcc.NewModule(text, nil) == nil {
		return &failure{Kind: failInternal, Text: "libbcc refuses tables like those that the text declares extern"}
	}
	return nil
}

// beginTree begins to make the header tree that a request asks for, while libbcc
// is being opened. The function that it returns waits for the end and returns the
// compiler's arguments for the tree.
func beginTree(req *Request) func() ([]string, *failure) {
	if req.Tree == nil {
		return func() ([]string, *failure) { return nil, nil }
	}
	made := make(chan error, 1)
	go func() { made <- makeTree(req, childTree) }()
	return func() ([]string, *failure) {
		if err := <-made; err != nil {
			return nil, &failure{Kind: failTree, Text: err.Error()}
		}
		// The compiler's memory comes on top of what the types took.
		debug.FreeOSMemory()
		return treeCflags, nil
	}
}

func open(req *Request) *failure {
	name := req.Library
	if name == "" {
		name = DefaultLibrary
	}
	cname := C.CString(name)
	if msg := C.bccgo_open(cname); msg != nil {
		return &failure{Kind: failLibrary, Text: name + "\n" + C.GoString(msg)}
	}
	return nil
}

// startCapture redirects libbcc's kernel calls. It reports false where this
// libbcc does not allow that and the target is the running kernel, for which
// real calls do as well.
func startCapture(req *Request) (bool, *failure) {
	if req.NoCapture || C.bccgo_capture() != 0 {
		return false, foreignTarget(req)
	}
	release := req.Target.Release
	if req.HeadersRelease != "" {
		release = req.HeadersRelease
	}
	crelease := C.CString(release)
	C.bccgo_set_release(crelease)
	for path, content := range targetFiles(req) {
		if C.bccgo_add_file(C.CString(path), C.CString(content), C.size_t(len(content))) != 0 {
			return false, &failure{Kind: failInternal, Text: "keep " + path + " for libbcc in memory"}
		}
	}
	return true, nil
}

// foreignTarget refuses, for a libbcc whose calls cannot be recorded, any target
// but the running kernel.
func foreignTarget(req *Request) *failure {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return &failure{Kind: failInternal, Text: "read the kernel's name: " + err.Error()}
	}
	running := unix.ByteSliceToString(u.Release[:])
	if req.Target.Release == running && (req.HeadersRelease == "" || req.HeadersRelease == running) {
		return nil
	}
	return &failure{Kind: failTarget, Text: req.Target.Release}
}

// targetFiles lists what libbcc reads of the running kernel, as it reads on the
// target. Paths without a leading slash are below tracefs's events directory.
func targetFiles(req *Request) map[string]string {
	files := make(map[string]string, len(req.Formats)+2)
	for name, format := range req.Formats {
		files[name+"/format"] = format
	}
	if t := req.Target; t.PossibleCPUs > 0 {
		files["/sys/devices/system/cpu/possible"] = cpuList(t.PossibleCPUs)
		files["/sys/devices/system/cpu/online"] = cpuList(max(t.OnlineCPUs, 1))
	}
	return files
}

func cpuList(n int) string {
	if n == 1 {
		return "0\n"
	}
	return fmt.Sprintf("0-%d\n", n-1)
}
