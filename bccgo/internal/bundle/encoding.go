package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// magic opens every encoded bundle; the last byte is the version of the form.
const magic = "BCCGO-BUNDLE\x00\x00\x00\x01"

// headerSize is the magic and the 8-byte little-endian length of the body.
const headerSize = len(magic) + 8

// ErrNotBundle means that the bytes do not start as a bundle does.
var ErrNotBundle = errors.New("not a bccgo bundle")

// CorruptError means that the bytes start as a bundle but are damaged.
type CorruptError struct {
	// Reason says what is wrong.
	Reason string
	// Err is the cause, or nil.
	Err error
}

func (e *CorruptError) Error() string {
	msg := "bundle is damaged: " + e.Reason
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg + "; compile the program again"
}

func (e *CorruptError) Unwrap() error { return e.Err }

// IsBundle reports whether data starts as a bundle of any version does.
func IsBundle(data []byte) bool {
	return bytes.HasPrefix(data, []byte(magic[:13]))
}

// Marshal encodes the bundle: magic, length, JSON body, SHA-256 of all before.
// The same bundle always gives the same bytes.
func (b *Bundle) Marshal() ([]byte, error) {
	body, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode bundle: %w", err)
	}
	out := make([]byte, 0, headerSize+len(body)+sha256.Size)
	out = append(out, magic...)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(body)))
	out = append(out, body...)
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

// Unmarshal decodes what Marshal made. It returns ErrNotBundle for other bytes
// and a *CorruptError for a bundle that was cut short, changed, or is of
// another version.
func Unmarshal(data []byte) (*Bundle, error) {
	body, err := checkedBody(data)
	if err != nil {
		return nil, err
	}
	b := new(Bundle)
	if err := json.Unmarshal(body, b); err != nil {
		return nil, &CorruptError{Reason: "the body does not decode", Err: err}
	}
	if err := b.validate(); err != nil {
		return nil, &CorruptError{Reason: "the content contradicts itself", Err: err}
	}
	return b, nil
}

// checkedBody returns the JSON body once magic, length and checksum agree.
func checkedBody(data []byte) ([]byte, error) {
	if !IsBundle(data) {
		return nil, ErrNotBundle
	}
	if len(data) < headerSize+sha256.Size {
		return nil, &CorruptError{Reason: fmt.Sprintf("only %d bytes are left", len(data))}
	}
	if !bytes.HasPrefix(data, []byte(magic)) {
		return nil, &CorruptError{Reason: fmt.Sprintf("its form has version %d, this program reads version %d",
			data[len(magic)-1], magic[len(magic)-1])}
	}
	size := binary.LittleEndian.Uint64(data[len(magic):headerSize])
	if size != uint64(len(data)-headerSize-sha256.Size) {
		return nil, &CorruptError{Reason: fmt.Sprintf("it announces %d bytes and has %d",
			size, len(data)-headerSize-sha256.Size)}
	}
	end := headerSize + int(size)
	sum := sha256.Sum256(data[:end])
	if !bytes.Equal(sum[:], data[end:]) {
		return nil, &CorruptError{Reason: "its checksum does not agree"}
	}
	return data[headerSize:end], nil
}

// validate refuses content that the loader would trip over.
func (b *Bundle) validate() error {
	for _, f := range b.Functions {
		if len(f.Insns) == 0 || len(f.Insns)%8 != 0 {
			return fmt.Errorf("function %s has %d bytes of instructions", f.Name, len(f.Insns))
		}
	}
	for _, m := range b.Maps {
		if m.Inner != "" && b.Map(m.Inner) == nil {
			return fmt.Errorf("table %s has the unknown inner table %s", m.Name, m.Inner)
		}
	}
	return nil
}
