package bccgo

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// Constants of struct btf_header in linux/btf.h.
const (
	btfMagic      = 0xeb9f
	btfVersion    = 1
	btfHeaderSize = 24
)

// lineInfos turns lines into the form that instructions take them in. That form
// can only be read from BTF, so a type-less BTF is made that holds the strings.
func lineInfos(lines []bundle.Line) (btf.LineOffsets, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	strs := newStringTable()
	var records []byte
	for _, l := range lines {
		records = binary.NativeEndian.AppendUint32(records, l.Insn)
		records = binary.NativeEndian.AppendUint32(records, strs.add(l.File))
		records = binary.NativeEndian.AppendUint32(records, strs.add(l.Text))
		records = binary.NativeEndian.AppendUint32(records, l.Line<<10|min(l.Col, 0x3ff))
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(strs.btf()))
	if err != nil {
		return nil, fmt.Errorf("make line strings: %w", err)
	}
	infos, err := btf.LoadLineInfos(bytes.NewReader(records), byteOrder, uint32(len(lines)), spec)
	if err != nil {
		return nil, fmt.Errorf("make line records: %w", err)
	}
	return infos, nil
}

// stringTable is the string section of a BTF under construction.
type stringTable struct {
	data []byte
	at   map[string]uint32
}

func newStringTable() *stringTable {
	return &stringTable{data: []byte{0}, at: map[string]uint32{"": 0}}
}

func (s *stringTable) add(text string) uint32 {
	if off, ok := s.at[text]; ok {
		return off
	}
	off := uint32(len(s.data))
	s.at[text] = off
	s.data = append(append(s.data, text...), 0)
	return off
}

// btf is a BTF without types around the strings.
func (s *stringTable) btf() []byte {
	b := binary.NativeEndian.AppendUint16(nil, btfMagic)
	b = append(b, btfVersion, 0)
	for _, v := range []uint32{btfHeaderSize, 0, 0, 0, uint32(len(s.data))} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return append(b, s.data...)
}
