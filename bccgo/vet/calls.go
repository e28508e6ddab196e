package vet

import (
	"go/ast"
	"go/types"

	"github.com/cilium/ebpf"
	"golang.org/x/tools/go/types/typeutil"
)

// Subject is the package that C texts are handed to. There is nothing to check in
// packages that do not depend on it.
const Subject = "github.com/bccgo/bcc/bccgo"

func isBccgo(p *types.Package) bool { return p != nil && p.Path() == Subject }

// textCall says which arguments of a function are the C text and the options.
type textCall struct{ text, options int }

// textCalls are the functions that take a C text.
var textCalls = map[string]textCall{
	"Load":           {0, 1},
	"LoadContext":    {1, 2},
	"Compile":        {0, 1},
	"CompileContext": {1, 2},
	"Bake":           {2, 3},
}

// What a name stands for in a C text.
const (
	tableName    = "table"
	functionName = "function"
)

// nameCall says which argument of a function is a name of the C text, and what
// of.
type nameCall struct {
	arg    int
	what   string
	opener *opener // nil if any table does
}

// opener is what a function wants of the table it opens.
type opener struct {
	op, want string
	kinds    []ebpf.MapType
	// roles say what each type argument is compared with.
	roles []role
}

// role is what the Go type of a type argument holds.
type role int

const (
	eventRole role = iota
	keyRole
	valueRole
)

var (
	buffers = &opener{op: "stream", want: "a BPF_PERF_OUTPUT or BPF_RINGBUF_OUTPUT",
		kinds: []ebpf.MapType{ebpf.PerfEventArray, ebpf.RingBuf}, roles: []role{eventRole}}
	typedTables = &opener{op: "open table as Go types", want: "a hash or an array",
		kinds: []ebpf.MapType{ebpf.Hash, ebpf.LRUHash, ebpf.Array, ebpf.LPMTrie}, roles: []role{keyRole, valueRole}}
	perCPUTables = &opener{op: "open table per CPU", want: "a per-CPU hash or array",
		kinds: []ebpf.MapType{ebpf.PerCPUHash, ebpf.PerCPUArray, ebpf.LRUCPUHash}, roles: []role{keyRole, valueRole}}
	queues = &opener{op: "open table as a queue", want: "a queue or a stack",
		kinds: []ebpf.MapType{ebpf.Queue, ebpf.Stack}, roles: []role{valueRole}}
	prefixes = &opener{op: "open table of prefixes", want: "a longest-prefix table (BPF_LPM_TRIE)",
		kinds: []ebpf.MapType{ebpf.LPMTrie}, roles: []role{valueRole}}
	stacks = &opener{op: "open stacks", want: "a table of stacks (BPF_STACK_TRACE)",
		kinds: []ebpf.MapType{ebpf.StackTrace}}
)

// openers are the functions of package bccgo whose first argument is the module.
var openers = map[string]nameCall{
	"Stream":      {1, tableName, buffers},
	"NewDecoder":  {1, tableName, buffers},
	"Map":         {1, tableName, typedTables},
	"PerCPU":      {1, tableName, perCPUTables},
	"Queue":       {1, tableName, queues},
	"LPM":         {1, tableName, prefixes},
	"StackTraces": {1, tableName, stacks},
	"CgroupArray": {1, tableName, nil},
	"CPUMap":      {1, tableName, nil},
	"DevMap":      {1, tableName, nil},
	"MapOfMaps":   {1, tableName, nil},
	"ProgArray":   {1, tableName, nil},
	"SockMap":     {1, tableName, nil},
	"Storage":     {1, tableName, nil},
	"XSKMap":      {1, tableName, nil},
}

// methods are those of Module that take a name.
var methods = map[string]nameCall{
	"Table":                       {0, tableName, nil},
	"DecodeTable":                 {0, tableName, nil},
	"OpenPerfCounters":            {0, tableName, nil},
	"RawStream":                   {0, tableName, buffers},
	"OpenPerfBuffer":              {0, tableName, buffers},
	"OpenRingBuffer":              {0, tableName, buffers},
	"DumpFunc":                    {0, functionName, nil},
	"DisassembleFunc":             {0, functionName, nil},
	"LoadFunc":                    {0, functionName, nil},
	"VerifierLog":                 {0, functionName, nil},
	"Attach":                      {1, functionName, nil},
	"AttachCgroup":                {1, functionName, nil},
	"AttachFunc":                  {0, functionName, nil},
	"DetachCgroup":                {1, functionName, nil},
	"DetachFunc":                  {0, functionName, nil},
	"DetachTC":                    {2, functionName, nil},
	"AttachFirst":                 {0, functionName, nil},
	"AttachKfunc":                 {0, functionName, nil},
	"AttachKretfunc":              {0, functionName, nil},
	"AttachFmodRet":               {0, functionName, nil},
	"AttachLSM":                   {0, functionName, nil},
	"AttachTracepointBTF":         {0, functionName, nil},
	"AttachRawTracepointWritable": {1, functionName, nil},
	"DetachFmodRet":               {0, functionName, nil},
	"DetachLSM":                   {0, functionName, nil},
	"DetachTracepointBTF":         {0, functionName, nil},
	"TestRun":                     {0, functionName, nil},
	"AttachKprobe":                {1, functionName, nil},
	"AttachKprobeRe":              {1, functionName, nil},
	"AttachKretprobe":             {1, functionName, nil},
	"AttachKretprobeRe":           {1, functionName, nil},
	"AttachPerfEvent":             {2, functionName, nil},
	"AttachPerfEventRaw":          {1, functionName, nil},
	"AttachRawSocket":             {1, functionName, nil},
	"AttachRawTracepoint":         {1, functionName, nil},
	"AttachSocketFilter":          {1, functionName, nil},
	"AttachTracepoint":            {1, functionName, nil},
	"AttachTracepointRe":          {1, functionName, nil},
	"AttachUprobe":                {2, functionName, nil},
	"AttachUprobeRe":              {2, functionName, nil},
	"AttachUretprobe":             {2, functionName, nil},
	"AttachUretprobeRe":           {2, functionName, nil},
	"AttachTC":                    {2, functionName, nil},
	"AttachRoute":                 {3, functionName, nil},
	"DetachRoute":                 {2, functionName, nil},
	"AttachXDP":                   {1, functionName, nil},
	"DetachKfunc":                 {0, functionName, nil},
	"DetachKretfunc":              {0, functionName, nil},
	"DetachKprobe":                {1, functionName, nil},
	"DetachKretprobe":             {1, functionName, nil},
	"DetachTracepoint":            {1, functionName, nil},
	"DetachRawTracepoint":         {1, functionName, nil},
}

// jumpMethods are those of JumpTable that take a function's name.
var jumpMethods = map[string]nameCall{
	"Set":   {1, functionName, nil},
	"SetAs": {1, functionName, nil},
}

// callee is the function of package bccgo that is called, and the type that it
// is a method of, "" for none. ok is false for anything else.
func callee(info *types.Info, call *ast.CallExpr) (receiver, name string, ok bool) {
	f, _ := typeutil.Callee(info, call).(*types.Func)
	if f == nil || !isBccgo(f.Pkg()) {
		return "", "", false
	}
	if recv := f.Signature().Recv(); recv != nil {
		typ := recv.Type()
		if p, ok := typ.(*types.Pointer); ok {
			typ = p.Elem()
		}
		named, ok := types.Unalias(typ).(*types.Named)
		if !ok {
			return "", "", false
		}
		return named.Obj().Name(), f.Name(), true
	}
	return "", f.Name(), true
}
