package probe

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"
)

// Memory keeps answers from one process to the next. Look asks it before it
// reads the kernel's long lists.
type Memory interface {
	// Recall returns what was kept under a question.
	Recall(question string) (answer []byte, ok bool)
	// Keep keeps an answer. It is free not to.
	Keep(question string, answer []byte)
}

// answer is whether a place can be probed. Without Failed and Unknown it is not
// known why not.
type answer struct {
	// State is that of the kernel when it was asked.
	State   string
	Found   bool
	Failed  *KprobeError  `json:",omitempty"`
	Unknown *UnknownError `json:",omitempty"`
}

// recall returns what is known about a place already.
func (l *Look) recall(p Place) (a answer, ok bool) {
	if l.memory == nil {
		return a, false
	}
	state, err := l.state()
	if err != nil {
		return a, false
	}
	data, ok := l.memory.Recall(question(p))
	return a, ok && json.Unmarshal(data, &a) == nil && a.State == state
}

// keep notes an answer. Failures for other reasons than the names in the kernel
// are not kept, and neither is one with a cause of its own.
func (l *Look) keep(p Place, a answer) {
	if l.memory == nil || a.Failed != nil && a.Failed.Err != nil {
		return
	}
	state, err := l.state()
	if err != nil {
		return
	}
	a.State = state
	if data, err := json.Marshal(a); err == nil {
		l.memory.Keep(question(p), data)
	}
}

// question is what is asked about a place: a function, or a raw tracepoint.
func question(p Place) string {
	if p.isFunction() {
		return "function " + p.Name
	}
	return string(p.Kind) + " " + p.Name
}

// state names all that the kernel's lists of functions depend on: the boot, the
// modules, and which of the lists can be read.
func (k *Kernel) state() (string, error) {
	boot, err := k.root.ReadLine("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("tell this boot from others: %w", err)
	}
	modules, err := k.root.ReadFile("/proc/modules")
	if err != nil && !os.IsNotExist(err) { // a kernel without modules
		return "", fmt.Errorf("list modules: %w", err)
	}
	var out strings.Builder
	out.WriteString(boot)
	for line := range strings.Lines(string(modules)) {
		// NAME SIZE USES USERS STATE ADDRESS: all but the uses.
		if f := strings.Fields(line); len(f) >= 6 {
			out.WriteString(" " + f[0] + "/" + f[1] + "/" + f[4] + "/" + f[5])
		}
	}
	fmt.Fprintf(&out, " addresses %v, forbidden %v, traceable %v", k.showsAddresses(), k.opens(blacklist), k.opens(k.filterFile()))
	return out.String(), nil
}

// showsAddresses reports whether kallsyms has addresses for this process.
func (k *Kernel) showsAddresses() bool {
	for sym, err := range k.Ksyms() {
		if err != nil {
			return false
		}
		if sym.Addr != 0 {
			return true
		}
		if sym.IsFunction() {
			return false
		}
	}
	return false
}

func (k *Kernel) opens(file string) bool {
	f, err := k.root.Open(file)
	if err == nil {
		f.Close()
	}
	return err == nil
}

// filterFile is the list of the functions that ftrace can hook, "" without
// tracefs.
func (k *Kernel) filterFile() string {
	dir, err := k.Tracefs()
	if err != nil {
		return ""
	}
	return path.Join(dir, filterFunctions)
}
