//go:build cgo

package cc

import (
	"fmt"
	"unsafe"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

/*
#include "libbcc.h"
#include "capture.h"
*/
import "C"

// collector turns a compiled module into a bundle.
type collector struct {
	req     *Request
	mod     unsafe.Pointer
	capture bool
}

func (c *collector) bundle() (*bundle.Bundle, *failure) {
	b := &bundle.Bundle{Target: c.req.Target, License: C.GoString(C.bccgo_license(c.mod))}
	b.Maps = c.maps()
	fns, fail := c.functions()
	if fail != nil {
		return nil, fail
	}
	b.Functions = fns
	if c.capture {
		var size C.size_t
		data := C.bccgo_btf(&size)
		b.BTF = C.GoBytes(data, C.int(size))
	}
	if err := externTypes(b); err != nil {
		return nil, &failure{Kind: failInternal, Text: err.Error()}
	}
	if fail := c.lines(b); fail != nil {
		return nil, fail
	}
	if b.Events, fail = c.events(b); fail != nil {
		return nil, fail
	}
	if fail := unsupportedIn(b); fail != nil {
		return nil, fail
	}
	renumber(b)
	return b, nil
}

// maps lists the tables: libbcc's own view, with what was recorded when they
// were created. Inner maps' templates are tables like any other.
func (c *collector) maps() []bundle.Map {
	records := mapRecords()
	n := int(C.bccgo_num_tables(c.mod))
	maps := make([]bundle.Map, 0, n)
	for i := range n {
		var t C.struct_bccgo_table
		C.bccgo_table(c.mod, C.size_t(i), &t)
		m := bundle.Map{
			Name: C.GoString(t.name), ID: int32(t.fd), Type: uint32(t._type),
			KeySize: uint32(t.key_size), ValueSize: uint32(t.leaf_size),
			MaxEntries: uint32(t.max_entries), Flags: uint32(t.flags),
			KeyDesc: C.GoString(t.key_desc), ValueDesc: C.GoString(t.leaf_desc),
		}
		if e := c.req.export(m.Name); e != nil {
			m.Extern, m.KeyDesc, m.ValueDesc = true, e.KeyDesc, e.ValueDesc
		} else if rec := records[m.ID]; rec != nil {
			fromRecord(&m, rec, records)
		}
		maps = append(maps, m)
	}
	return maps
}

// fromRecord prefers what the kernel would have been asked for.
func fromRecord(m *bundle.Map, rec *C.struct_bccgo_map_rec, all map[int32]*C.struct_bccgo_map_rec) {
	m.Type, m.Flags = uint32(rec._type), uint32(rec.flags)
	m.KeySize, m.ValueSize = uint32(rec.key_size), uint32(rec.value_size)
	m.MaxEntries = uint32(rec.max_entries)
	m.KeyType, m.ValueType = uint32(rec.key_tid), uint32(rec.value_tid)
	if rec.pin != nil {
		m.PinPath = C.GoString(rec.pin)
	}
	if inner := all[int32(rec.inner_fd)]; inner != nil && rec.inner_fd > 0 {
		m.Inner = C.GoString(inner.name)
	}
}

func mapRecords() map[int32]*C.struct_bccgo_map_rec {
	n := int(C.bccgo_map_count())
	records := make(map[int32]*C.struct_bccgo_map_rec, n)
	for i := range n {
		rec := C.bccgo_map_at(C.int(i))
		records[int32(rec.fd)] = rec
	}
	return records
}

// functions takes each function's instructions and, where calls are recorded,
// has libbcc load it so as to see its debug records.
func (c *collector) functions() ([]bundle.Function, *failure) {
	n := int(C.bccgo_num_functions(c.mod))
	fns := make([]bundle.Function, 0, n)
	for i := range n {
		id := C.size_t(i)
		f := bundle.Function{
			Name: C.GoString(C.bccgo_function_name(c.mod, id)),
			Insns: C.GoBytes(C.bccgo_function_start(c.mod, id),
				C.int(C.bccgo_function_size(c.mod, id))),
		}
		if len(f.Insns) == 0 || len(f.Insns)%8 != 0 {
			return nil, &failure{Kind: failInternal,
				Text: fmt.Sprintf("libbcc gave %d bytes of instructions for %s", len(f.Insns), f.Name)}
		}
		if c.capture {
			c.record(&f, id)
		}
		fns = append(fns, f)
	}
	return fns, nil
}

func (c *collector) record(f *bundle.Function, id C.size_t) {
	before := C.bccgo_prog_count()
	C.bccgo_load_function(c.mod, id)
	if C.bccgo_prog_count() <= before {
		return
	}
	rec := C.bccgo_prog_at(before)
	f.Insns = C.GoBytes(rec.insns, C.int(rec.insns_size))
	f.FuncInfo = C.GoBytes(rec.func_info, C.int(rec.func_info_size))
	f.FuncInfoSize = uint32(rec.func_info_rec)
}

// lines decodes the recorded line information. Each function was loaded once,
// in order, so record i belongs to function i.
func (c *collector) lines(b *bundle.Bundle) *failure {
	if len(b.BTF) == 0 || int(C.bccgo_prog_count()) != len(b.Functions) {
		return nil
	}
	for i := range b.Functions {
		rec := C.bccgo_prog_at(C.int(i))
		raw := C.GoBytes(rec.line_info, C.int(rec.line_info_size))
		lines, err := decodeLines(raw, int(rec.line_info_rec), b.BTF)
		if err != nil {
			return &failure{Kind: failInternal, Text: err.Error()}
		}
		b.Functions[i].Lines = lines
	}
	return nil
}

// events finds the structs of each perf and ring buffer, in the type
// information or, without it, in libbcc's list of fields.
func (c *collector) events(b *bundle.Bundle) ([]bundle.Event, *failure) {
	var events []bundle.Event
	for i := range b.Maps {
		m := &b.Maps[i]
		if m.Type != mapTypePerfEventArray && m.Type != mapTypeRingbuf {
			continue
		}
		ids, err := shadowTypes(b.BTF, m.Name)
		if err != nil {
			return nil, &failure{Kind: failInternal, Text: err.Error()}
		}
		for _, id := range ids {
			events = append(events, bundle.Event{Table: m.Name, Type: id})
		}
		if desc := c.eventDesc(m.Name); len(ids) == 0 && desc != "" {
			events = append(events, bundle.Event{Table: m.Name, Desc: desc})
		}
	}
	return events, nil
}

func (c *collector) eventDesc(table string) string {
	name := C.CString(table)
	n := int(C.bccgo_event_fields(c.mod, name))
	fields := make([]string, n)
	for i := range n {
		fields[i] = C.GoString(C.bccgo_event_field(c.mod, name, C.size_t(i)))
	}
	return describeEvent(table, fields)
}
