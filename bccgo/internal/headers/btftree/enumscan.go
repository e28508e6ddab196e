package btftree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"

	"github.com/cilium/ebpf/btf"
)

// Sizes and kinds of BTF's binary form (Documentation/bpf/btf.rst).
const (
	btfMagic      = 0xeb9f
	btfHeaderSize = 24
	btfTypeSize   = 12

	kindInt      = 1
	kindArray    = 3
	kindStruct   = 4
	kindUnion    = 5
	kindEnum     = 6
	kindTypedef  = 8
	kindProto    = 13
	kindVar      = 14
	kindDatasec  = 15
	kindDeclTag  = 17
	kindEnum64   = 19
	kindMax      = 19
	enumSize     = 8
	enum64Size   = 12
	memberSize   = 12
	paramSize    = 8
	datasecEntry = 12
)

var errBTF = errors.New("it is no BTF, or damaged")

// rawBTF is BTF in its binary form, for the one question that the parsed form
// cannot answer without parsing all types: which enum has an enumerator.
type rawBTF struct {
	order          binary.ByteOrder
	types, strings []byte
	// firstID and firstString count on from a base.
	firstID, firstString uint32
	base                 *rawBTF
}

// openRaw finds the sections. base is nil but for a module's BTF.
func openRaw(data []byte, base *rawBTF) (*rawBTF, error) {
	if len(data) < btfHeaderSize {
		return nil, errBTF
	}
	r := &rawBTF{order: binary.LittleEndian, firstID: 1, base: base}
	if r.order.Uint16(data) != btfMagic {
		r.order = binary.BigEndian
		if r.order.Uint16(data) != btfMagic {
			return nil, errBTF
		}
	}
	header := uint64(r.order.Uint32(data[4:]))
	var err error
	if r.types, err = r.section(data, header, data[8:]); err != nil {
		return nil, err
	}
	if r.strings, err = r.section(data, header, data[16:]); err != nil {
		return nil, err
	}
	if base != nil {
		n, err := base.count()
		if err != nil {
			return nil, err
		}
		r.firstID, r.firstString = n+1, uint32(len(base.strings))
	}
	return r, nil
}

// section cuts out what an offset and a length, as where has them, stand for.
func (r *rawBTF) section(data []byte, header uint64, where []byte) ([]byte, error) {
	from := header + uint64(r.order.Uint32(where))
	to := from + uint64(r.order.Uint32(where[4:]))
	if from > to || to > uint64(len(data)) {
		return nil, errBTF
	}
	return data[from:to], nil
}

// count returns the number of types, void not counted.
func (r *rawBTF) count() (uint32, error) {
	n := r.firstID - 1
	err := r.each(func(rawType) { n++ })
	return n, err
}

// rawType is a type: its number, kind, the place of its name among the strings,
// and what follows its header.
type rawType struct {
	id, kind, name uint32
	trailer        []byte
}

// each calls f with every type.
func (r *rawBTF) each(f func(rawType)) error {
	id := r.firstID
	for at := 0; at < len(r.types); id++ {
		if len(r.types)-at < btfTypeSize {
			return errBTF
		}
		name, info := r.order.Uint32(r.types[at:]), r.order.Uint32(r.types[at+4:])
		kind, count := info>>24&0x1f, int(info&0xffff)
		at += btfTypeSize
		size := trailerSize(kind, count)
		if kind == 0 || kind > kindMax || size > len(r.types)-at {
			return errBTF
		}
		f(rawType{id, kind, name, r.types[at : at+size]})
		at += size
	}
	return nil
}

// trailerSize is the number of bytes after a type's header.
func trailerSize(kind uint32, count int) int {
	switch kind {
	case kindInt, kindVar, kindDeclTag:
		return 4
	case kindArray:
		return 12
	case kindStruct, kindUnion:
		return count * memberSize
	case kindEnum:
		return count * enumSize
	case kindProto:
		return count * paramSize
	case kindDatasec:
		return count * datasecEntry
	case kindEnum64:
		return count * enum64Size
	}
	return 0
}

// name returns the string at an offset, nil if there is none.
func (r *rawBTF) name(offset uint32) []byte {
	if offset < r.firstString {
		return r.base.name(offset)
	}
	offset -= r.firstString
	if int64(offset) >= int64(len(r.strings)) {
		return nil
	}
	s := r.strings[offset:]
	if end := bytes.IndexByte(s, 0); end >= 0 {
		return s[:end]
	}
	return nil
}

// enumerators yields the places of the names of an enum's enumerators.
func (r *rawBTF) enumerators(t rawType) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		size := map[uint32]int{kindEnum: enumSize, kindEnum64: enum64Size}[t.kind]
		for rest := t.trailer; size > 0 && len(rest) >= size; rest = rest[size:] {
			if !yield(r.order.Uint32(rest)) {
				return
			}
		}
	}
}

// enums returns the IDs of the enums with an enumerator of a wanted name, the
// first ones first.
func (r *rawBTF) enums(wanted map[string]bool) (map[string][]btf.TypeID, error) {
	found := make(map[string][]btf.TypeID)
	err := r.each(func(t rawType) {
		for place := range r.enumerators(t) {
			if name := r.name(place); wanted[string(name)] {
				found[string(name)] = append(found[string(name)], btf.TypeID(t.id))
			}
		}
	})
	return found, err
}

// names yields the names that a text may use: of types, and of enumerators.
func (r *rawBTF) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		more := true
		say := func(place uint32) {
			if name := r.name(place); more && len(name) > 0 {
				more = yield(string(name))
			}
		}
		// Damaged types were refused before.
		_ = r.each(func(t rawType) {
			switch t.kind {
			case kindStruct, kindUnion, kindEnum, kindEnum64, kindTypedef:
				say(t.name)
			}
			for place := range r.enumerators(t) {
				say(place)
			}
		})
	}
}

// has tells whether a string is among the names, whatever it names.
func (r *rawBTF) has(name string) bool {
	want := append(append([]byte{0}, name...), 0)
	return bytes.Contains(r.strings, want)
}
