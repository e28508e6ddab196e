package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// eventSources has one directory for each kind of perf event.
const eventSources = "/sys/bus/event_source/devices/"

// KprobesSupported returns nil where the kernel can put probes on its own
// functions, else an *UnsupportedError with the reason.
func (k *Kernel) KprobesSupported() error {
	const feature = FeatureKprobes
	if err := k.lockedDown(feature); err != nil {
		return err
	}
	if err := k.eventSource(feature, "kprobe", "use tracepoints or fentry, or a kernel built with both",
		"CONFIG_KPROBES", "CONFIG_KPROBE_EVENTS"); err != nil {
		return err
	}
	// The switch is in debugfs; unreadable means there is nothing to report.
	if armed, err := k.root.ReadLine("/sys/kernel/debug/kprobes/enabled"); err == nil && armed == "0" {
		return &UnsupportedError{
			Feature: feature,
			Reason:  "they are switched off",
			Fix:     "as root: echo 1 > /sys/kernel/debug/kprobes/enabled",
		}
	}
	return nil
}

// UprobesSupported returns nil where the kernel can put probes on functions
// of programs and libraries, else an *UnsupportedError with the reason.
func (k *Kernel) UprobesSupported() error {
	return k.eventSource("uprobes", "uprobe", "use a kernel built with both",
		"CONFIG_UPROBES", "CONFIG_UPROBE_EVENTS")
}

// eventSource checks for a perf event source of kernel 4.17 and later, and
// for the tracefs file that did its work before.
func (k *Kernel) eventSource(feature, name, fix string, options ...string) error {
	found, err := k.root.Exists(eventSources + name)
	if err != nil {
		return fmt.Errorf("look for %s: %w", feature, err)
	}
	if found {
		return nil
	}
	if option := k.unset(options...); option != "" {
		return &UnsupportedError{
			Feature: feature,
			Reason:  option + " is not set in this kernel",
			Fix:     fix + " (" + strings.Join(options, ", ") + ")",
		}
	}
	if version, err := k.Version(); err == nil && !version.AtLeast(4, 17) {
		if _, err := k.readTracefs(name + "_events"); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return &UnsupportedError{
		Feature: feature,
		Reason:  "the kernel does not list " + eventSources + name,
		Fix:     fix + " (" + strings.Join(options, ", ") + ")",
	}
}

// RawTracepointSupported returns nil where programs can be attached to
// tracepoints without a record being made (kernel 4.17, CONFIG_BPF_EVENTS),
// else an *UnsupportedError with the reason.
func (k *Kernel) RawTracepointSupported() error {
	const feature = "raw tracepoints"
	if err := k.since(feature, 4, 17, "use ordinary tracepoints"); err != nil {
		return err
	}
	if option := k.unset("CONFIG_BPF_EVENTS"); option != "" {
		return &UnsupportedError{
			Feature: feature,
			Reason:  option + " is not set in this kernel",
			Fix:     "use a kernel built with it",
		}
	}
	return nil
}

// RawTracepointInModuleSupported is RawTracepointSupported for the tracepoints
// of modules (kernel 5.0, CONFIG_MODULES).
func (k *Kernel) RawTracepointInModuleSupported() error {
	const feature = "raw tracepoints in modules"
	if err := k.RawTracepointSupported(); err != nil {
		return err
	}
	if option := k.unset("CONFIG_MODULES"); option != "" {
		return &UnsupportedError{
			Feature: feature,
			Reason:  option + " is not set in this kernel",
			Fix:     "use a kernel built with it",
		}
	}
	return k.since(feature, 5, 0, "use ordinary tracepoints")
}

// since checks the kernel's version.
func (k *Kernel) since(feature string, major, minor int, instead string) error {
	version, err := k.Version()
	if err != nil {
		return fmt.Errorf("look for %s: %w", feature, err)
	}
	if version.AtLeast(major, minor) {
		return nil
	}
	return &UnsupportedError{
		Feature: feature,
		Reason:  fmt.Sprintf("kernel %s is older than %d.%d", version, major, minor),
		Fix:     instead,
	}
}

// BTFSupported returns nil where the kernel describes its own types, else an
// *UnsupportedError.
func (k *Kernel) BTFSupported() error {
	found, err := k.root.Exists(kernelBTF)
	if err != nil {
		return fmt.Errorf("look for the kernel's BTF: %w", err)
	}
	if found {
		return nil
	}
	return &UnsupportedError{
		Feature: "the kernel's BTF types",
		Reason:  "there is no " + kernelBTF,
		Fix:     "use a kernel from 5.4 on, built with CONFIG_DEBUG_INFO_BTF",
	}
}

// FentrySupported returns nil where programs can be attached to kernel
// functions through trampolines (fentry, fexit, fmod_ret; kernel 5.5 on
// x86-64, 6.4 on arm64), else an *UnsupportedError with the reason.
func (k *Kernel) FentrySupported() error {
	const feature, instead = "fentry and fexit", "use kprobes or tracepoints"
	major, minor := 5, 5
	machine, err := k.machine()
	if err != nil {
		return fmt.Errorf("look for %s: %w", feature, err)
	}
	if machine == "aarch64" {
		major, minor = 6, 4
	}
	if err := k.since(feature, major, minor, instead); err != nil {
		return err
	}
	var noBTF *UnsupportedError
	if err := k.BTFSupported(); errors.As(err, &noBTF) {
		return &UnsupportedError{Feature: feature, Reason: noBTF.Reason, Fix: noBTF.Fix}
	} else if err != nil {
		return err
	}
	if option := k.unset("CONFIG_BPF_JIT", "CONFIG_FUNCTION_TRACER", "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"); option != "" {
		return &UnsupportedError{Feature: feature, Reason: option + " is not set in this kernel", Fix: instead}
	}
	if jit, err := k.root.ReadLine("/proc/sys/net/core/bpf_jit_enable"); err == nil && jit == "0" {
		return &UnsupportedError{
			Feature: feature,
			Reason:  "the BPF compiler is switched off",
			Fix:     "as root: sysctl net.core.bpf_jit_enable=1",
		}
	}
	return nil
}

// BTFProgramsSupported returns nil where programs can be loaded for places that
// the kernel's BTF describes, which a version brought, else an
// *UnsupportedError with the reason.
func (k *Kernel) BTFProgramsSupported(feature string, major, minor int) error {
	if err := k.since(feature, major, minor, "use a kernel from that version on"); err != nil {
		return err
	}
	var noBTF *UnsupportedError
	if err := k.BTFSupported(); errors.As(err, &noBTF) {
		return &UnsupportedError{Feature: feature, Reason: noBTF.Reason, Fix: noBTF.Fix}
	} else if err != nil {
		return err
	}
	return nil
}

// LSMSupported returns nil where programs can be attached to security hooks,
// else an *UnsupportedError with the reason. The error is fs.ErrNotExist
// where neither securityfs nor the kernel's configuration tells.
func (k *Kernel) LSMSupported() error {
	const feature = "security (LSM) programs"
	if option := k.unset("CONFIG_BPF_LSM"); option != "" {
		return &UnsupportedError{
			Feature: feature,
			Reason:  option + " is not set in this kernel",
			Fix:     "use a kernel from 5.7 on, built with it",
		}
	}
	modules, err := k.securityModules()
	if err != nil {
		return fmt.Errorf("look for %s: %w", feature, err)
	}
	for module := range strings.SplitSeq(modules, ",") {
		if strings.TrimSpace(module) == "bpf" {
			return nil
		}
	}
	return &UnsupportedError{
		Feature: feature,
		Reason:  "bpf is not among the security modules in force (" + modules + ")",
		Fix:     "boot with lsm=" + strings.Trim(modules+",bpf", ",") + " on the kernel command line",
	}
}

// securityModules is the list in force, else what the boot asked for, else
// the list the kernel was built with.
func (k *Kernel) securityModules() (string, error) {
	modules, err := k.root.ReadLine("/sys/kernel/security/lsm")
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return modules, err
	}
	if line, lineErr := k.root.ReadLine("/proc/cmdline"); lineErr == nil {
		for word := range strings.FieldsSeq(line) {
			if list, ok := strings.CutPrefix(word, "lsm="); ok {
				return list, nil
			}
		}
	}
	if built, configErr := k.Config("CONFIG_LSM"); configErr == nil {
		return built, nil
	}
	return "", err
}

// RefCountersSupported returns nil where the kernel counts up a program's
// semaphore when a uprobe is put into it, and down when that goes (4.20).
func (k *Kernel) RefCountersSupported() error {
	found, err := k.root.Exists(eventSources + "uprobe/format/ref_ctr_offset")
	if err != nil {
		return fmt.Errorf("look for the reference counters of uprobes: %w", err)
	}
	if found {
		return nil
	}
	return &UnsupportedError{
		Feature: "reference counters of uprobes",
		Reason:  "this kernel is older than 4.20, so nothing can switch on probes with a semaphore safely",
		Fix:     "trace a function of the program with a uprobe, or use a newer kernel",
	}
}
