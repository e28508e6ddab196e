package probe

import (
	"fmt"
	"io/fs"
	"math"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// KprobeReason says why a function cannot be probed.
type KprobeReason string

// The reasons a KprobeError may have.
const (
	// KprobeAbsent: the kernel has no function of that name.
	KprobeAbsent KprobeReason = "the kernel has no such function"
	// KprobeInlined: the kernel's source has the function, but the compiler
	// put it into its callers.
	KprobeInlined KprobeReason = "the compiler inlined it into its callers"
	// KprobePart: the compiler inlined the start of the function and kept
	// only a rest as a symbol of its own.
	KprobePart KprobeReason = "the compiler inlined its start into its callers"
	// KprobeBlacklisted: the kernel forbids probes on the function.
	KprobeBlacklisted KprobeReason = "the kernel forbids probes on it"
	// KprobeNotrace: the function is kept from ftrace, and the kernel puts no
	// probes on such (CONFIG_KPROBE_EVENTS_ON_NOTRACE is not set).
	KprobeNotrace KprobeReason = "the kernel keeps it from tracing (notrace, as all functions are that it marks inline)"
	// KprobeUnsupported: the kernel has no kprobes; Err tells more.
	KprobeUnsupported KprobeReason = "the kernel has no usable kprobes"
	// KprobeAmbiguous: several functions have the name, and the kernel (from
	// 6.7 on) does not choose.
	KprobeAmbiguous KprobeReason = "several functions have that name: name the module, or use a regular expression for all"
	// KprobeBeyond: the offset is that of something else.
	KprobeBeyond KprobeReason = "the function ends before that offset"
	// KprobeMisplaced: the offset is no place for a probe.
	KprobeMisplaced KprobeReason = "no instruction of it starts at that offset"
)

// KprobeError says why no probe can be put on a kernel function.
type KprobeError struct {
	Name    string
	Reason  KprobeReason
	Part    string   // the symbol that remains, for KprobePart
	Nearest []string // similar functions, nearest first
	Err     error    // the cause, if there is another
}

func (e *KprobeError) Error() string {
	text := "kprobe on " + e.Name + ": "
	switch {
	case e.Reason == KprobeUnsupported && e.Err != nil:
		return text + e.Err.Error()
	case e.Err != nil:
		return text + string(e.Reason) + " (" + e.Err.Error() + ")"
	case e.Part != "":
		return text + string(e.Reason) + "; what remains of it is " + e.Part + ", which can be probed by that name"
	}
	return text + string(e.Reason) + nearest.Phrase(e.Nearest)
}

func (e *KprobeError) Unwrap() error {
	return e.Err
}

// ResolveKprobe returns what to probe for a kernel function: name itself, else
// a copy of the whole function the compiler made under another name
// (NAME.isra.0, NAME.constprop.0, NAME.llvm.123). "MODULE:NAME" looks in one
// module only. A failure that concerns the function
// is a *KprobeError. It reads all of kallsyms, so try the plain name first
// where time matters. The blacklist is consulted where debugfs lets it be
// read.
func (k *Kernel) ResolveKprobe(name string) (Function, error) {
	found, err := k.findKprobes([]string{name})
	if err != nil {
		return Function{}, err
	}
	if symbol := found.symbol(name); symbol != nil {
		return *symbol, nil
	}
	return Function{}, k.explain(found, name)
}

// CheckOffset tells whether an offset is inside of a kernel function. The
// kernel does not, and would probe what follows. A failure is a *KprobeError.
// Where kallsyms shows no addresses nothing is checked.
func (k *Kernel) CheckOffset(name string, offset uint64) error {
	f, err := k.ResolveKprobe(name)
	if err != nil || f.Addr == 0 {
		return err
	}
	next := uint64(math.MaxUint64)
	for sym, err := range k.Ksyms() {
		if err != nil {
			return fmt.Errorf("kprobe on %s: %w", name, err)
		}
		if sym.Addr > f.Addr {
			next = min(next, sym.Addr)
		}
	}
	if offset >= next-f.Addr {
		return &KprobeError{Name: fmt.Sprintf("%s+%#x", name, offset), Reason: KprobeBeyond}
	}
	return nil
}

// foundKprobes is what the kernel has of some functions.
type foundKprobes struct {
	wanted    map[string]*wantedFunction
	forbidden map[string]bool
	notrace   map[string]bool
}

// symbol is what to probe for a function, nil where it cannot be.
func (f *foundKprobes) symbol(name string) *Function {
	if symbol := f.wanted[name].symbol(); symbol != nil && !f.forbidden[symbol.Name] && !f.notrace[symbol.Name] {
		return symbol
	}
	return nil
}

// findKprobes looks functions up, all in one pass over kallsyms.
func (k *Kernel) findKprobes(names []string) (*foundKprobes, error) {
	all := strings.Join(names, ", ")
	if err := k.KprobesSupported(); err != nil {
		return nil, &KprobeError{Name: all, Reason: KprobeUnsupported, Err: err}
	}
	wanted, err := k.findFunctions(names)
	if err != nil {
		return nil, fmt.Errorf("kprobe on %s: %w", all, err)
	}
	found := &foundKprobes{wanted: make(map[string]*wantedFunction), forbidden: k.forbidden(wanted), notrace: k.notrace(wanted)}
	for _, w := range wanted {
		found.wanted[w.asked] = w
	}
	return found, nil
}

// forbidden returns those of the found symbols that are blacklisted. A list
// that cannot be read forbids nothing: the kernel itself will refuse.
func (k *Kernel) forbidden(wanted []*wantedFunction) map[string]bool {
	found := make(map[string]bool)
	for _, w := range wanted {
		if symbol := w.symbol(); symbol != nil {
			found[symbol.Name] = false
		}
	}
	for name, err := range k.Blacklist() {
		if err != nil {
			break
		}
		if _, ok := found[name]; ok {
			found[name] = true
		}
	}
	return found
}

// explain says why a function that was looked for cannot be probed.
func (k *Kernel) explain(found *foundKprobes, name string) error {
	failed := &KprobeError{Name: name}
	switch w := found.wanted[name]; {
	case w.symbol() != nil && found.notrace[w.symbol().Name]:
		failed.Reason = KprobeNotrace
	case w.symbol() != nil:
		failed.Reason = KprobeBlacklisted
	case w.part != "":
		failed.Reason, failed.Part = KprobePart, w.part
	case w.module == "" && k.isInlined(w.name):
		failed.Reason = KprobeInlined
	default:
		failed.Reason = KprobeAbsent
		similar, err := k.nearestFunctions(w.name)
		if err != nil {
			return fmt.Errorf("%w (and no list to compare with: %w)", failed, err)
		}
		failed.Nearest = similar
	}
	return failed
}

// nearestFunctions offers similar names, without the symbols no one means.
func (k *Kernel) nearestFunctions(name string) ([]string, error) {
	var failed error
	names := func(yield func(string) bool) {
		for sym, err := range k.Ksyms() {
			if err != nil {
				failed = err
				return
			}
			if text := string(sym.Name); sym.IsFunction() && isPlain(text) && !yield(text) {
				return
			}
		}
	}
	similar := nearest.Of(name, names, nearestNames)
	return similar, failed
}

// isPlain reports whether a symbol is a function one could mean: not the
// padding before one, nor its unlikely part.
func isPlain(symbol string) bool {
	return !strings.HasPrefix(symbol, "__pfx_") && !strings.Contains(symbol, ".cold")
}

// findFunctions looks all names up in one pass over kallsyms. Of a single one
// it reads no further than to its exact name.
func (k *Kernel) findFunctions(names []string) ([]*wantedFunction, error) {
	wanted := make([]*wantedFunction, len(names))
	byName := make(map[string][]*wantedFunction)
	for i, name := range names {
		wanted[i] = newWanted(name)
		byName[wanted[i].name] = append(byName[wanted[i].name], wanted[i])
	}
	symbols := 0
	for sym, err := range k.Ksyms() {
		if err != nil {
			return nil, err
		}
		symbols++
		if !sym.IsFunction() {
			continue
		}
		for _, w := range byName[string(sym.Name)] {
			w.foundExact(sym)
		}
		for _, w := range byName[string(baseName(sym.Name))] {
			w.foundClone(sym)
		}
		if len(wanted) == 1 && wanted[0].exact != nil {
			break
		}
	}
	if symbols == 0 {
		return nil, fmt.Errorf("%s is empty; the kernel needs CONFIG_KALLSYMS: %w", kallsyms, fs.ErrNotExist)
	}
	return wanted, nil
}
