package probe

import (
	"errors"
	"fmt"
	"io/fs"
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
	// KprobeUnsupported: the kernel has no kprobes; Err tells more.
	KprobeUnsupported KprobeReason = "the kernel has no usable kprobes"
)

// KprobeError says why no probe can be put on a kernel function.
type KprobeError struct {
	Name    string
	Reason  KprobeReason
	Part    string   // the symbol that remains, for KprobePart
	Nearest []string // similar functions, nearest first
	Err     error    // the cause, for KprobeUnsupported
}

func (e *KprobeError) Error() string {
	text := "kprobe on " + e.Name + ": "
	switch {
	case e.Err != nil:
		return text + e.Err.Error()
	case e.Part != "":
		return text + string(e.Reason) + "; what remains of it is " + e.Part + ", which can be probed by that name"
	}
	return text + string(e.Reason) + nearest.Phrase(e.Nearest)
}

func (e *KprobeError) Unwrap() error {
	return e.Err
}

// ResolveKprobe returns the symbol to probe for a kernel function: name
// itself, else a copy of the whole function the compiler made under another
// name (NAME.isra.0, NAME.constprop.0, NAME.llvm.123). "MODULE:NAME" looks in
// one module only and keeps its prefix. A failure that concerns the function
// is a *KprobeError. It reads all of kallsyms, so try the plain name first
// where time matters. The blacklist is consulted where debugfs lets it be
// read.
func (k *Kernel) ResolveKprobe(name string) (string, error) {
	return k.FirstKprobe(name)
}

// FirstKprobe resolves the first of names, in their order, that can be
// probed; see ResolveKprobe. Where none can, the error has the reason for
// each.
func (k *Kernel) FirstKprobe(names ...string) (string, error) {
	if err := k.KprobesSupported(); err != nil {
		return "", &KprobeError{Name: strings.Join(names, ", "), Reason: KprobeUnsupported, Err: err}
	}
	wanted, err := k.findFunctions(names)
	if err != nil {
		return "", fmt.Errorf("kprobe on %s: %w", strings.Join(names, ", "), err)
	}
	forbidden := k.forbidden(wanted)
	var failures []error
	for _, w := range wanted {
		symbol := w.symbol()
		if symbol != "" && !forbidden[w.function(symbol)] {
			return symbol, nil
		}
		failures = append(failures, k.explain(w, symbol))
	}
	return "", errors.Join(failures...)
}

// forbidden returns those of the found symbols that are blacklisted. A list
// that cannot be read forbids nothing: the kernel itself will refuse.
func (k *Kernel) forbidden(wanted []*wantedFunction) map[string]bool {
	found := make(map[string]bool)
	for _, w := range wanted {
		if symbol := w.symbol(); symbol != "" {
			found[w.function(symbol)] = false
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

// explain says why w cannot be probed; symbol is what was found of it.
func (k *Kernel) explain(w *wantedFunction, symbol string) error {
	failed := &KprobeError{Name: w.asked}
	switch {
	case symbol != "":
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

// findFunctions looks all names up in one pass over kallsyms. It stops early
// once the first of them is found by its exact name.
func (k *Kernel) findFunctions(names []string) ([]*wantedFunction, error) {
	wanted := make([]*wantedFunction, len(names))
	byName := make(map[string][]*wantedFunction)
	for i, name := range names {
		wanted[i] = newWanted(name)
		byName[wanted[i].name] = append(byName[wanted[i].name], wanted[i])
	}
	if len(wanted) == 0 {
		return nil, errors.New("no function named")
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
		if wanted[0].exact {
			break
		}
	}
	if symbols == 0 {
		return nil, fmt.Errorf("%s is empty; the kernel needs CONFIG_KALLSYMS: %w", kallsyms, fs.ErrNotExist)
	}
	return wanted, nil
}
