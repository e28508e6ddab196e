// Package bundle holds the result of a compile as plain data.
//
// A Bundle is all that is needed to create a program's maps and load its
// functions: it names no file descriptor, holds no pointer into the compiler
// and can be stored, compared byte by byte, and sent to a host that has no
// compiler at all. Attach targets (a kernel function, a tracepoint id) are not
// part of it: they are looked up when the bundle is loaded.
package bundle

import (
	"slices"
	"strings"
)

// Bundle is one compiled program text.
type Bundle struct {
	// Target is the host the text was compiled for.
	Target Target `json:"target"`
	// Headers says what it was compiled with: "btf", or the headers' folder.
	Headers string `json:"headers,omitempty"`
	// TypesLack says why it was not "btf", where that was tried first.
	TypesLack string `json:"types_lack,omitempty"`
	// License is the license string the kernel checks GPL-only helpers against.
	License string `json:"license"`
	// Functions are the BPF functions in the order of the text.
	Functions []Function `json:"functions"`
	// Maps are the tables in the order of the text.
	Maps []Map `json:"maps"`
	// Events are the structs sent through perf and ring buffers; one buffer may
	// carry several.
	Events []Event `json:"events,omitempty"`
	// USDT identifies the functions by which the program reads the arguments of
	// static probes of user space, "" if it has none.
	USDT string `json:"usdt,omitempty"`
	// Log2 tells that the text calls bpf_log2l or bpf_log2, so that its
	// histograms have power-of-two slots.
	Log2 bool `json:"log2,omitempty"`
	// BTF is the type information of the text in the kernel's raw format, or
	// empty where the compiler could not hand it over.
	BTF []byte `json:"btf,omitempty"`
	// Diagnostics is what the compiler printed: warnings, as a rule.
	Diagnostics string `json:"diagnostics,omitempty"`
	// Warnings are the warnings about the text itself, in the order of its lines.
	Warnings []Warning `json:"warnings,omitempty"`
}

// Warning is something in the text that compiles and is likely wrong.
type Warning struct {
	// File, Line and Col say where; Col counts bytes from 1.
	File string `json:"f"`
	Line int    `json:"l"`
	Col  int    `json:"c"`
	// Message says what and what to do, Excerpt is the source and a caret below it.
	Message string `json:"m"`
	Excerpt string `json:"x,omitempty"`
}

// Target describes the kernel and machine a text is compiled for.
type Target struct {
	// Release is the kernel release, as uname -r prints it.
	Release string `json:"release"`
	// Version is the kernel's build, as uname -v prints it.
	Version string `json:"version,omitempty"`
	// Machine is the architecture, as uname -m prints it.
	Machine string `json:"machine"`
	// PossibleCPUs and OnlineCPUs count processors.
	PossibleCPUs int `json:"possible_cpus"`
	OnlineCPUs   int `json:"online_cpus"`
}

// Function is one BPF function.
type Function struct {
	// Name is the C name; its prefix says how it is attached.
	Name string `json:"name"`
	// Insns are the instructions in the kernel's encoding, 8 bytes a slot.
	Insns []byte `json:"insns"`
	// FuncInfo is an array of FuncInfoSize-byte bpf_func_info records.
	FuncInfo     []byte `json:"func_info,omitempty"`
	FuncInfoSize uint32 `json:"func_info_size,omitempty"`
	// Args is where the function takes the registers for the arguments of the
	// kernel function that it is attached to; the message is what it takes. nil if
	// it does not, or its name says that it belongs to a system call.
	Args *Warning `json:"args,omitempty"`
	// Lines tells which C line each instruction comes from.
	Lines []Line `json:"lines,omitempty"`
}

// Line says that the instructions from Insn on come from a place in a C text.
type Line struct {
	// Insn is an index in 8-byte instruction slots.
	Insn uint32 `json:"i"`
	File string `json:"f"`
	Line uint32 `json:"l"`
	Col  uint32 `json:"c"`
	// Text is the source line.
	Text string `json:"t"`
}

// Map is one table.
type Map struct {
	// Name is the C name.
	Name string `json:"name"`
	// Macro is the macro that declared it, such as BPF_HISTOGRAM; "" if unknown.
	Macro string `json:"macro,omitempty"`
	// ID is what ld_imm64 instructions carry to name this map.
	ID int32 `json:"id"`
	// Type is the kernel's map type number.
	Type       uint32 `json:"type"`
	KeySize    uint32 `json:"key_size"`
	ValueSize  uint32 `json:"value_size"`
	MaxEntries uint32 `json:"max_entries"`
	Flags      uint32 `json:"flags"`
	// KeyType and ValueType are BTF type ids, 0 where there are none.
	KeyType   uint32 `json:"key_type,omitempty"`
	ValueType uint32 `json:"value_type,omitempty"`
	// KeyDesc and ValueDesc are libbcc's own descriptions of the C types.
	KeyDesc   string `json:"key_desc,omitempty"`
	ValueDesc string `json:"value_desc,omitempty"`
	// PinPath is the bpffs path of a pinned table.
	PinPath string `json:"pin_path,omitempty"`
	// Inner names the template of a map-in-map's inner maps.
	Inner string `json:"inner,omitempty"`
	// Extern marks a table that another module defines.
	Extern bool `json:"extern,omitempty"`
}

// Exported tells that other modules may declare the table extern.
func (m *Map) Exported() bool {
	return !m.Extern && (m.Shared() || m.Macro == "BPF_TABLE_PUBLIC" || m.Macro == "BPF_QUEUESTACK_PUBLIC")
}

// Shared tells that it is exported ahead of those that are public.
func (m *Map) Shared() bool {
	return !m.Extern && (m.Macro == "BPF_TABLE_SHARED" || m.Macro == "BPF_QUEUESTACK_SHARED")
}

// Event is a struct that a perf or ring buffer carries.
type Event struct {
	// Table is the buffer's name.
	Table string `json:"table"`
	// Type is the BTF type id of the struct, 0 where there is none.
	Type uint32 `json:"type,omitempty"`
	// Desc describes the fields in libbcc's form where there is no BTF.
	Desc string `json:"desc,omitempty"`
}

// Function returns the function of that name, or nil.
func (b *Bundle) Function(name string) *Function {
	i := slices.IndexFunc(b.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &b.Functions[i]
}

// Map returns the table of that name, or nil.
func (b *Bundle) Map(name string) *Map {
	i := slices.IndexFunc(b.Maps, func(m Map) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return &b.Maps[i]
}

// MapByID returns the table that instructions call id, or nil.
func (b *Bundle) MapByID(id int32) *Map {
	i := slices.IndexFunc(b.Maps, func(m Map) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &b.Maps[i]
}

// EventsOf returns the structs a buffer carries, as far as they are known.
func (b *Bundle) EventsOf(table string) []Event {
	var found []Event
	for _, e := range b.Events {
		if e.Table == table {
			found = append(found, e)
		}
	}
	return found
}

// FunctionNames lists the functions in the order of the text.
func (b *Bundle) FunctionNames() []string {
	names := make([]string, len(b.Functions))
	for i, f := range b.Functions {
		names[i] = f.Name
	}
	return names
}

// MapNames lists the tables in the order of the text, the compiler's own left out.
func (b *Bundle) MapNames() []string {
	var names []string
	for _, m := range b.Maps {
		if !strings.HasPrefix(m.Name, "____") {
			names = append(names, m.Name)
		}
	}
	return names
}
