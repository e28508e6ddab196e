package probe

import (
	"fmt"
	"slices"
	"strings"
)

// syscallPrefixes are the ways kernels spell the entry of a system call,
// those of the native interface before those that may stand beside them.
var syscallPrefixes = []string{
	"__x64_sys_",
	"__arm64_sys_",
	"__s390x_sys_",
	"__riscv_sys_",
	"sys_",
	"__ia32_sys_",
	"__s390_sys_",
	"__x32_compat_sys_",
	"__ia32_compat_sys_",
}

// nativePrefixes is how many of syscallPrefixes no kernel has beside another
// native one. Finding one of them settles the question.
const nativePrefixes = 5

// telling are system calls every kernel has; the first to appear among the
// kernel's symbols tells the prefix early.
var telling = []string{"rt_sigreturn", "mmap", "read", "write", "close", "clone", "execve", "exit", "bpf"}

// SyscallPrefix returns what the running kernel puts before the name of a
// system call to name its entry function: "__x64_sys_", "__arm64_sys_",
// "__s390x_sys_", "sys_" (any kernel before 4.17), and so on, as found in
// /proc/kallsyms.
func (k *Kernel) SyscallPrefix() (string, error) {
	return k.prefix()
}

// SyscallName returns the entry function of a system call: "clone" is
// "__x64_sys_clone" on x86-64 and "__arm64_sys_clone" on arm64.
func (k *Kernel) SyscallName(call string) (string, error) {
	prefix, err := k.SyscallPrefix()
	if err != nil {
		return "", err
	}
	return prefix + call, nil
}

// FixSyscallName replaces the prefix of name by the running kernel's where it
// is that of any kernel: "sys_clone" becomes "__x64_sys_clone". Every other
// name is returned as it is.
func (k *Kernel) FixSyscallName(name string) (string, error) {
	for _, prefix := range syscallPrefixes {
		if call, ok := strings.CutPrefix(name, prefix); ok {
			return k.SyscallName(call)
		}
	}
	return name, nil
}

func (k *Kernel) findSyscallPrefix() (string, error) {
	best := len(syscallPrefixes)
	for sym, err := range k.Ksyms() {
		if err != nil {
			return "", fmt.Errorf("find the system call prefix: %w", err)
		}
		if !sym.IsFunction() {
			continue
		}
		if at := prefixOf(string(sym.Name)); at < best {
			best = at
		}
		if best < nativePrefixes {
			break
		}
	}
	if best == len(syscallPrefixes) {
		return "", fmt.Errorf("find the system call prefix: %s has no system call under a known name; the kernel needs CONFIG_KALLSYMS", kallsyms)
	}
	return syscallPrefixes[best], nil
}

// prefixOf returns the index of the prefix under which name is one of the
// telling calls, or a larger number.
func prefixOf(name string) int {
	if !strings.Contains(name, "sys_") {
		return len(syscallPrefixes)
	}
	for i, prefix := range syscallPrefixes {
		if call, ok := strings.CutPrefix(name, prefix); ok && slices.Contains(telling, call) {
			return i
		}
	}
	return len(syscallPrefixes)
}
