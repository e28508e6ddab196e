package bccgo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cache"
	"github.com/bccgo/bcc/bccgo/internal/verifier"
)

// ProgType is the kernel's type of a function (enum bpf_prog_type).
type ProgType = ebpf.ProgramType

// Program types that functions of a text can be loaded as.
const (
	SocketFilter  = ebpf.SocketFilter
	Kprobe        = ebpf.Kprobe
	Tracepoint    = ebpf.TracePoint
	RawTracepoint = ebpf.RawTracepoint
	PerfEvent     = ebpf.PerfEvent
	// Tracing functions are for one kernel function, which their names say:
	// kfunc__NAME, kretfunc__NAME, kmod_ret__NAME; or for the
	// tracepoint of tp_btf__NAME, the iterator of bpf_iter__NAME.
	Tracing = ebpf.Tracing
	// LSM functions are for one security hook, which their names say: lsm__HOOK.
	LSM = ebpf.LSM
	// Syscall functions are run by Module.TestRun alone (Linux 5.14), and may
	// sleep.
	Syscall = ebpf.Syscall
	XDP     = ebpf.XDP
	// SchedCLS and SchedACT are traffic control's filters and actions.
	SchedCLS = ebpf.SchedCLS
	SchedACT = ebpf.SchedACT
	// Those that follow are what AttachFunc loads functions as.
	CgroupSKB      = ebpf.CGroupSKB
	CgroupSock     = ebpf.CGroupSock
	CgroupSockAddr = ebpf.CGroupSockAddr
	CgroupSockopt  = ebpf.CGroupSockopt
	SockOps        = ebpf.SockOps
	SkSKB          = ebpf.SkSKB
	SkMsg          = ebpf.SkMsg
	SkReuseport    = ebpf.SkReuseport
	// These are what AttachRoute loads functions as.
	LWTIn        = ebpf.LWTIn
	LWTOut       = ebpf.LWTOut
	LWTXmit      = ebpf.LWTXmit
	LWTSeg6Local = ebpf.LWTSeg6Local
)

// LoadFunc loads a function into the kernel as a type without attaching it.
// Loading it again does nothing. The verifier's refusal is a *VerifierError.
func (m *Module) LoadFunc(name string, typ ProgType) error {
	_, err := m.program(name, typ)
	return err
}

// LoadFuncs loads every function as the type its name stands for, else as one
// that its argument's type goes with, else as a kprobe. It reports all
// refusals, joined.
func (m *Module) LoadFuncs() error {
	if err := m.usable(); err != nil {
		return fmt.Errorf("load functions: %w", err)
	}
	var errs []error
	for i := range m.bundle.Functions {
		f := &m.bundle.Functions[i]
		errs = append(errs, m.LoadFunc(f.Name, m.typeOf(f)))
	}
	return errors.Join(errs...)
}

// VerifierLog is what the verifier printed when a function was loaded: nothing
// unless Options.LogLevel asked for it. A function loaded as several types has
// the log of one.
func (m *Module) VerifierLog(function string) string {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, p := range m.progs {
		if key.function == function && p.VerifierLog != "" {
			return p.VerifierLog
		}
	}
	return ""
}

// loadAs is all that the kernel wants to know of a program when it is loaded.
type loadAs struct {
	typ ProgType
	// attach is the expected attach type, where the program type has several.
	attach ebpf.AttachType
	// to is the kernel function that a tracing program is for.
	to string
	// form is 1 more than the form of a USDT probe's arguments that is built in, 0
	// where the program finds it out by itself.
	form int
	// flags are BPF_F_…, device the index of the one that runs the program itself,
	// 0 for none.
	flags  uint32
	device int
	// since is the Linux that brought the attach type, 0 where it is that of typ.
	since kernelVersion
}

// progKey names a loaded program. One function can be loaded several times, as
// different things.
type progKey struct {
	function string
	loadAs
}

// program returns the function loaded as a type, loading it if need be.
func (m *Module) program(name string, typ ProgType) (*ebpf.Program, error) {
	switch typ {
	case Tracing, LSM:
		return m.tracingProgramOf(name, typ)
	case Syscall:
		// The kernel takes no others.
		return m.programAs(name, loadAs{typ: typ, flags: unix.BPF_F_SLEEPABLE})
	}
	return m.programAs(name, loadAs{typ: typ})
}

// programAs is program with more than the type.
func (m *Module) programAs(name string, as loadAs) (*ebpf.Program, error) {
	if m == nil {
		return nil, fmt.Errorf("load function %s: %w", name, errNoModule)
	}
	f := m.bundle.Function(name)
	if f == nil {
		return nil, unknown("function", name, m.Functions())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, fmt.Errorf("load function %s: %w", name, errClosed)
	}
	key := progKey{name, as}
	if p := m.progs[key]; p != nil {
		return p, nil
	}
	p, err := m.loadProgram(f, as)
	if err != nil {
		return nil, err
	}
	m.progs[key] = p
	return p, nil
}

func (m *Module) loadProgram(f *bundle.Function, as loadAs) (*ebpf.Program, error) {
	insns, err := m.instructions(f)
	if err != nil {
		return nil, fmt.Errorf("decode function %s: %w", f.Name, err)
	}
	buildInForm(insns, as.form)
	spec := &ebpf.ProgramSpec{Name: f.Name, Type: as.typ, AttachType: as.attach, AttachTo: as.to,
		Flags: as.flags, Ifindex: uint32(as.device), License: m.bundle.License, Instructions: insns}
	p, err := ebpf.NewProgramWithOptions(spec, ebpf.ProgramOptions{LogLevel: m.opts.logLevel()})
	if err != nil {
		return nil, m.programError(f, err)
	}
	return p, nil
}

// byteOrder is this machine's, by its own name: cilium/ebpf tells the orders
// apart by comparing with these two.
var byteOrder = func() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}()

// decode reads a function's instructions.
func decode(f *bundle.Function) (asm.Instructions, error) {
	return asm.AppendInstructions(nil, bytes.NewReader(f.Insns), byteOrder, "linux")
}

// instructions decodes a function and joins its table references and debug
// records to it.
func (m *Module) instructions(f *bundle.Function) (asm.Instructions, error) {
	insns, err := decode(f)
	if err != nil {
		return nil, err
	}
	for i := range insns {
		ins := &insns[i]
		if !ins.IsLoadFromMap() {
			continue
		}
		t := m.bundle.MapByID(int32(ins.Constant))
		if t == nil || m.maps[t.Name] == nil {
			return nil, fmt.Errorf("instruction %d refers to table number %d, which does not exist", i, int32(ins.Constant))
		}
		if err := ins.AssociateMap(m.maps[t.Name]); err != nil {
			return nil, err
		}
	}
	return insns, m.annotate(insns, f)
}

// annotate adds BTF function and line records, which the kernel needs for
// readable verifier logs and profiles.
func (m *Module) annotate(insns asm.Instructions, f *bundle.Function) error {
	infos, err := lineInfos(f.Lines)
	if err != nil {
		return err
	}
	iter := insns.Iterate()
	for next := 0; iter.Next() && next < len(infos); {
		if infos[next].Offset == iter.Offset {
			*iter.Ins = iter.Ins.WithSource(infos[next].Line)
			next++
		}
	}
	return m.annotateFunction(insns, f)
}

func (m *Module) annotateFunction(insns asm.Instructions, f *bundle.Function) error {
	if m.types.Spec() == nil || len(f.FuncInfo) == 0 || f.FuncInfoSize != btf.FuncInfoSize {
		return nil
	}
	infos, err := btf.LoadFuncInfos(bytes.NewReader(f.FuncInfo), byteOrder,
		uint32(len(f.FuncInfo))/f.FuncInfoSize, m.types.Spec())
	if err != nil {
		return fmt.Errorf("read function records: %w", err)
	}
	if len(infos) > 0 && len(insns) > 0 {
		insns[0] = btf.WithFuncMetadata(insns[0].WithSymbol(f.Name), infos[0].Func)
	}
	return nil
}

func (m *Module) programError(f *bundle.Function, err error) error {
	var v *ebpf.VerifierError
	switch {
	case errors.As(err, &v) && len(v.Log) > 0:
		return m.verifierOrLockdown(f, v)
	case errors.Is(err, unix.EPERM):
		return permission("load function "+f.Name, err)
	}
	return fmt.Errorf("load function %s: %w", f.Name, err)
}

// verifierOrLockdown tells a function at fault from one that a locked down
// kernel refuses: to the verifier, helpers that read memory then do not exist.
func (m *Module) verifierOrLockdown(f *bundle.Function, v *ebpf.VerifierError) error {
	refused := verifierError(f, v)
	if strings.Contains(refused.Reason, "unknown func bpf_probe_read") && lockedDown() {
		return permission("load function "+f.Name, refused)
	}
	if lack := overrideRefused(refused); lack != nil {
		return lack
	}
	refused.LogFile = keepLog(m.opts.Cache, f.Name, v.Log)
	return refused
}

func verifierError(f *bundle.Function, v *ebpf.VerifierError) *VerifierError {
	e := &VerifierError{Function: f.Name, Log: v.Log, Err: v, Reason: verifierReason(v.Log)}
	if x := verifier.Explain(v.Log); x.Kind != "" {
		e.Kind, e.Reason, e.Plain, e.Cure = string(x.Kind), x.Reason, x.Plain, x.Cure
	}
	if l, ok := lineOf(f, lastInstruction(v.Log)); ok {
		e.File, e.Line, e.Text = l.File, int(l.Line), strings.TrimSpace(l.Text)
	}
	return e
}

// keepLog stores the verifier's log where compiled programs are kept, and returns
// its file's path: "" without such a place, as %+v prints the log as well.
func keepLog(cacheOption, function string, log []string) string {
	dir, err := cacheDir(cacheOption)
	if err != nil {
		return ""
	}
	store, err := cache.Open(dir, 0)
	if err != nil {
		return ""
	}
	defer store.Close()
	path, err := store.PutLog(function, strings.Join(log, "\n")+"\n")
	if err != nil {
		return ""
	}
	return path
}

// verifierReason is the last line of a log that states something: the summary
// lines after it, instructions and register states do not.
func verifierReason(log []string) string {
	for i := len(log) - 1; i >= 0; i-- {
		l := strings.TrimSpace(log[i])
		if l == "" || strings.HasPrefix(l, "processed ") || strings.HasPrefix(l, "verification time") ||
			strings.HasPrefix(l, "stack depth") || instructionNumber(l) >= 0 {
			continue
		}
		return l
	}
	return "the verifier gave no reason"
}

// lastInstruction is the number of the instruction a log ends at, -1 if none.
func lastInstruction(log []string) int {
	for i := len(log) - 1; i >= 0; i-- {
		if n := instructionNumber(log[i]); n >= 0 {
			return n
		}
	}
	return -1
}

// instructionNumber reads "12: (85) call …", -1 for other lines.
func instructionNumber(line string) int {
	var n, op int
	if _, err := fmt.Sscanf(strings.TrimSpace(line), "%d: (%x)", &n, &op); err != nil {
		return -1
	}
	return n
}

// lineOf finds the C line of an instruction.
func lineOf(f *bundle.Function, insn int) (bundle.Line, bool) {
	var best bundle.Line
	found := false
	for _, l := range f.Lines {
		if int(l.Insn) <= insn {
			best, found = l, true
		}
	}
	return best, found
}
