package bccgo

import (
	"bytes"
	"fmt"
)

// Comm is a task's name as the kernel stores it (struct task_struct.comm, and
// what bpf_get_current_comm fills): up to 15 bytes, then a NUL. Use it as the
// type of such a field in an event or a key, so that it prints, marshals to
// JSON and works as a JSON object's key as text.
type Comm [16]byte

// String returns the name.
func (c Comm) String() string {
	return CString(c[:])
}

// MarshalText returns the name; encoding/json calls it, for values and for
// map keys. Bytes that are not UTF-8 come out of encoding/json as U+FFFD.
func (c Comm) MarshalText() ([]byte, error) {
	return []byte(c.String()), nil
}

// UnmarshalText sets the name. Text longer than 15 bytes is refused, since
// the kernel would have cut it.
func (c *Comm) UnmarshalText(text []byte) error {
	if len(text) >= len(c) {
		return fmt.Errorf("task name %q: %d bytes, at most %d fit", text, len(text), len(c)-1)
	}
	*c = Comm{}
	copy(c[:], text)
	return nil
}

// CString returns the text in a fixed-size C character array: the bytes up
// to the first NUL, or all of them when there is none. The bytes are copied.
// For an array field, pass a slice of it: CString(ev.Path[:]).
func CString(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}
