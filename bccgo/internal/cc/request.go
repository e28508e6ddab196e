package cc

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// Request is a text to compile and the target to compile it for. Everything
// that the result depends on is in it, save the headers' content.
type Request struct {
	// Text is the final C text.
	Text string `json:"text"`
	// Cflags are the compiler's further arguments.
	Cflags []string `json:"cflags,omitempty"`
	// Target is the kernel to compile for.
	Target bundle.Target `json:"target"`
	// HeadersRelease makes libbcc use /lib/modules/<it>; HeadersTree a
	// complete tree. With neither libbcc searches for the target's release.
	HeadersRelease string `json:"headers_release,omitempty"`
	HeadersTree    string `json:"headers_tree,omitempty"`
	// Tree asks for headers made from the kernel's types in place of these.
	Tree *Tree `json:"tree,omitempty"`
	// Formats holds the target's tracepoint formats by "category/event".
	Formats map[string]string `json:"formats,omitempty"`
	// Exports are the tables of other programs that the text declares extern.
	Exports []Export `json:"exports,omitempty"`
	// Debug holds libbcc's debug bits.
	Debug uint `json:"debug,omitempty"`
	// Settings are the environment variables of SettingNames, as NAME=VALUE.
	Settings []string `json:"settings,omitempty"`
	// Library overrides the name of libbcc's file.
	Library string `json:"library,omitempty"`
	// NoCapture makes the child load maps for real, as it must with a libbcc
	// whose calls cannot be recorded.
	NoCapture bool `json:"no_capture,omitempty"`
}

// SettingNames are the environment variables that change what libbcc makes of a
// text: the architecture that it compiles for, and the kernel version that it
// defines as LINUX_VERSION_CODE_OVERRIDE.
var SettingNames = []string{"ARCH", "BCC_LINUX_VERSION_CODE"}

// DefaultLibrary is the file name libbcc is opened by.
const DefaultLibrary = "libbcc.so.0"

// The first byte of the child's reply.
const (
	replyBundle byte = 'B'
	replyError  byte = 'E'
)

// Result is what a compile gives.
type Result struct {
	Bundle *bundle.Bundle
	// Files are the headers that were read, the types of modules, and libbcc's
	// libraries.
	Files []string
}

// marshal encodes a reply: its kind, the length of the list of files as JSON,
// the list, the bundle.
func (r *Result) marshal() ([]byte, error) {
	files, err := json.Marshal(r.Files)
	if err != nil {
		return nil, fmt.Errorf("encode list of files: %w", err)
	}
	data, err := r.Bundle.Marshal()
	if err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint64([]byte{replyBundle}, uint64(len(files)))
	return append(append(out, files...), data...), nil
}

// unmarshalResult decodes what follows a reply's kind.
func unmarshalResult(body []byte) (*Result, error) {
	if len(body) < 8 || binary.LittleEndian.Uint64(body) > uint64(len(body)-8) {
		return nil, errors.New("it was cut short")
	}
	r := new(Result)
	end := 8 + int(binary.LittleEndian.Uint64(body))
	if err := json.Unmarshal(body[8:end], &r.Files); err != nil {
		return nil, fmt.Errorf("decode list of files: %w", err)
	}
	b, err := bundle.Unmarshal(body[end:])
	if err != nil {
		return nil, err
	}
	r.Bundle = b
	return r, nil
}

// failure is the body of an error reply.
type failure struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	// File, Line and Col are the place in the text, where there is one.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// Kinds of failure a child reports.
const (
	failLibrary     = "library"
	failCompile     = "compile"
	failUnsupported = "unsupported"
	failTarget      = "target"
	failTree        = "tree"
	failInternal    = "internal"
)
