package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Entry is a stored compile.
type Entry struct {
	// Note says for people what it is, such as the file that holds the text.
	Note string
	// Release is the kernel release it was compiled for.
	Release string
	// Files are those that the compile read, as they were.
	Files []File
	// Data is the result.
	Data []byte
}

// DamagedError means that a stored entry was cut short or changed.
type DamagedError struct {
	Path, Reason string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("cache entry %s is damaged: %s", e.Path, e.Reason)
}

// magic opens every entry; its last byte is the version of the form.
const magic = "BCCGO-CACHE\x00\x00\x00\x00\x01"

// marshal encodes an entry: magic, key, body, SHA-256 of all before.
func (e *Entry) marshal(k Key) []byte {
	out := append([]byte(magic), k[:]...)
	out = appendText(out, e.Note)
	out = appendText(out, e.Release)
	out = binary.AppendUvarint(out, uint64(len(e.Files)))
	for _, f := range e.Files {
		out = appendText(out, f.Path)
		out = binary.LittleEndian.AppendUint64(out, uint64(f.Size))
		out = binary.LittleEndian.AppendUint64(out, uint64(f.Modified))
		out = binary.LittleEndian.AppendUint64(out, f.Inode)
	}
	out = appendText(out, string(e.Data))
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

func appendText(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}

// unmarshal decodes what marshal made of the same key.
func unmarshal(data []byte, k Key) (*Entry, error) {
	end := len(data) - sha256.Size
	if end < len(magic)+len(k) {
		return nil, fmt.Errorf("it has only %d bytes", len(data))
	}
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:], data[end:]) {
		return nil, errors.New("its checksum does not agree")
	}
	if !bytes.HasPrefix(data, []byte(magic)) {
		return nil, errors.New("it has another form")
	}
	if !bytes.Equal(data[len(magic):len(magic)+len(k)], k[:]) {
		return nil, errors.New("it is the entry of another key")
	}
	d := decoder{rest: data[len(magic)+len(k) : end]}
	e := d.entry()
	if d.short || len(d.rest) > 0 {
		return nil, errors.New("its lengths do not agree")
	}
	return e, nil
}

// decoder reads the parts of a body; short is set by the first that is not
// there.
type decoder struct {
	rest  []byte
	short bool
}

// fileSize is the least space that one file takes.
const fileSize = 1 + 3*8

func (d *decoder) entry() *Entry {
	e := &Entry{Note: string(d.bytes()), Release: string(d.bytes())}
	n := d.count()
	if n > uint64(len(d.rest)/fileSize) {
		d.short = true
		return e
	}
	e.Files = make([]File, n)
	for i := range e.Files {
		e.Files[i] = File{Path: string(d.bytes()), Size: int64(d.word()), Modified: int64(d.word()), Inode: d.word()}
	}
	e.Data = d.bytes()
	return e
}

func (d *decoder) count() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.short = true
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) bytes() []byte {
	n := d.count()
	if n > uint64(len(d.rest)) {
		d.short = true
		return nil
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out
}

func (d *decoder) word() uint64 {
	if len(d.rest) < 8 {
		d.short = true
		return 0
	}
	v := binary.LittleEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	return v
}
