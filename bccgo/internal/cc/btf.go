package cc

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// Map types whose entries are streams of events (linux/bpf.h).
const (
	mapTypePerfEventArray = 4
	mapTypeRingbuf        = 27
)

// btfHeaderSize is the size of struct btf_header in linux/btf.h.
const btfHeaderSize = 24

// btfStrings returns the string section of raw BTF (struct btf_header).
func btfStrings(raw []byte) ([]byte, error) {
	if len(raw) < btfHeaderSize {
		return nil, fmt.Errorf("type information is cut short: %d bytes", len(raw))
	}
	hdr := uint64(binary.NativeEndian.Uint32(raw[4:]))
	off := uint64(binary.NativeEndian.Uint32(raw[16:]))
	size := uint64(binary.NativeEndian.Uint32(raw[20:]))
	if hdr+off+size > uint64(len(raw)) {
		return nil, fmt.Errorf("type information is cut short: %d bytes, %d announced", len(raw), hdr+off+size)
	}
	return raw[hdr+off : hdr+off+size], nil
}

func btfString(strs []byte, off uint32) string {
	if int64(off) >= int64(len(strs)) {
		return ""
	}
	s := strs[off:]
	if i := bytes.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return string(s)
}

// decodeLines reads struct bpf_line_info records of recSize bytes: instruction,
// file name, line text, and line<<10|column.
func decodeLines(raw []byte, recSize int, rawBTF []byte) ([]bundle.Line, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if recSize < 16 || len(raw)%recSize != 0 {
		return nil, fmt.Errorf("line information has %d bytes in records of %d", len(raw), recSize)
	}
	strs, err := btfStrings(rawBTF)
	if err != nil {
		return nil, err
	}
	var lines []bundle.Line
	for ; len(raw) > 0; raw = raw[recSize:] {
		pos := binary.NativeEndian.Uint32(raw[12:])
		lines = append(lines, bundle.Line{
			Insn: binary.NativeEndian.Uint32(raw),
			File: btfString(strs, binary.NativeEndian.Uint32(raw[4:])),
			Text: btfString(strs, binary.NativeEndian.Uint32(raw[8:])),
			Line: pos >> 10, Col: pos & 0x3ff,
		})
	}
	return lines, nil
}

// shadowTypes finds the type ids of the structs a buffer carries through the
// structs that source.ShadowEvents planted for them, each id once.
func shadowTypes(rawBTF []byte, table string) ([]uint32, error) {
	if len(rawBTF) == 0 {
		return nil, nil
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(rawBTF))
	if err != nil {
		return nil, fmt.Errorf("read type information: %w", err)
	}
	var ids []uint32
	// Looking such names up by name is no use: cilium/ebpf takes three
	// underscores for the start of a suffix.
	for t, err := range spec.All() {
		if err != nil {
			return nil, fmt.Errorf("read type information: %w", err)
		}
		s, ok := t.(*btf.Struct)
		if !ok || s.Name != source.ShadowPrefix+table || len(s.Members) != 1 || s.Size == 0 {
			continue
		}
		id, err := spec.TypeID(s.Members[0].Type)
		if err != nil {
			return nil, fmt.Errorf("read type information: %w", err)
		}
		if !slices.Contains(ids, uint32(id)) {
			ids = append(ids, uint32(id))
		}
	}
	return ids, nil
}

// annotationPrefix begins the names of the structs by which libbcc tells the types
// of a table's keys and values; their members are key and value.
const annotationPrefix = "____btf_map_"

// externTypes finds the types that the text gives the tables of other programs.
// libbcc looks them up only for tables it makes.
func externTypes(b *bundle.Bundle) error {
	isExtern := func(m bundle.Map) bool { return m.Extern }
	if len(b.BTF) == 0 || !slices.ContainsFunc(b.Maps, isExtern) {
		return nil
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.BTF))
	if err != nil {
		return fmt.Errorf("read type information: %w", err)
	}
	for t, err := range spec.All() {
		if err != nil {
			return fmt.Errorf("read type information: %w", err)
		}
		s, ok := t.(*btf.Struct)
		if !ok || !strings.HasPrefix(s.Name, annotationPrefix) {
			continue
		}
		if m := b.Map(strings.TrimPrefix(s.Name, annotationPrefix)); m != nil && m.Extern {
			if err := annotate(m, s, spec); err != nil {
				return fmt.Errorf("read type information: %w", err)
			}
		}
	}
	return nil
}

// annotate takes a table's types from the struct that libbcc made for it.
func annotate(m *bundle.Map, s *btf.Struct, spec *btf.Spec) error {
	for _, member := range s.Members {
		id, err := spec.TypeID(member.Type)
		switch {
		case err != nil:
			return err
		case member.Name == "key":
			m.KeyType = uint32(id)
		case member.Name == "value":
			m.ValueType = uint32(id)
		}
	}
	return nil
}

// describeEvent writes libbcc's "name#type" fields in the form of its key and
// value descriptions, so that one reader serves both.
func describeEvent(name string, fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	members := make([]any, 0, len(fields))
	for _, f := range fields {
		field, typ, _ := strings.Cut(f, "#")
		base, dim, isArray := strings.Cut(typ, "[")
		n, err := strconv.Atoi(strings.TrimSuffix(dim, "]"))
		if isArray && err == nil {
			members = append(members, []any{field, strings.TrimSpace(base), []int{n}})
			continue
		}
		members = append(members, []any{field, typ})
	}
	desc, err := json.Marshal([]any{name, members, "struct"})
	if err != nil {
		return ""
	}
	return string(desc)
}
