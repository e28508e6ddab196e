package cc

import "github.com/bccgo/bcc/bccgo/internal/bundle"

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
	// Formats holds the target's tracepoint formats by "category/event".
	Formats map[string]string `json:"formats,omitempty"`
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

// failure is the body of an error reply.
type failure struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Kinds of failure a child reports.
const (
	failLibrary     = "library"
	failCompile     = "compile"
	failUnsupported = "unsupported"
	failTarget      = "target"
	failInternal    = "internal"
)
