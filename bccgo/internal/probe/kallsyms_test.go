package probe

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestKsyms(t *testing.T) {
	var names []string
	var last Ksym
	for sym, err := range kernel(t, nil).Ksyms() {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, string(sym.Name))
		last = Ksym{sym.Addr, sym.Type, bytes.Clone(sym.Name), bytes.Clone(sym.Module)}
	}
	if len(names) != strings.Count(symbols, "\n") || names[0] != "_stext" {
		t.Errorf("names are %v", names)
	}
	if last.Addr != 0xffffffffc0000010 || last.Type != 't' || string(last.Name) != "helper.isra.3" || string(last.Module) != "nf_tables" {
		t.Errorf("the last is %+v", last)
	}
}

func TestKsymsReportsNonsense(t *testing.T) {
	k := kernel(t, map[string]string{"/proc/kallsyms": "0 T good\nbad line here\n"})
	var failed error
	count := 0
	for _, err := range k.Ksyms() {
		if err != nil {
			failed = err
			continue
		}
		count++
	}
	if count != 1 || failed == nil || !strings.Contains(failed.Error(), "line 2") {
		t.Errorf("%d symbols, %v", count, failed)
	}
}

func FuzzParseKsym(f *testing.F) {
	for line := range strings.Lines(symbols) {
		f.Add([]byte(strings.TrimSpace(line)))
	}
	f.Add([]byte("0 t x\t[]"))
	f.Fuzz(func(t *testing.T, line []byte) {
		sym, ok := parseKsym(line)
		if !ok {
			return
		}
		if len(sym.Name) == 0 || !bytes.Contains(line, sym.Name) || !bytes.Contains(line, sym.Module) {
			t.Fatalf("%q gave %+v", line, sym)
		}
	})
}

func TestLists(t *testing.T) {
	k := kernel(t, nil)
	collect := func(seq func(func(string, error) bool)) (names []string) {
		for name, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return names
	}
	if got := collect(k.Blacklist()); !slices.Equal(got, []string{"forbidden_one", "notify_die"}) {
		t.Errorf("blacklist: %v", got)
	}
	if got := collect(k.FilterFunctions()); !slices.Equal(got, []string{"vfs_read", "nf_hook [nf_tables]"}) {
		t.Errorf("functions: %v", got)
	}
	for name, err := range New(FS(t.TempDir())).FilterFunctions() {
		if err == nil {
			t.Errorf("an empty root has %q", name)
		}
	}
}

func TestSyscallNames(t *testing.T) {
	tests := []struct {
		symbols, prefix string
	}{
		{"0 T __ia32_sys_read\n0 T __x64_sys_read\n", "__x64_sys_"},
		{"0 T __arm64_sys_bpf\n", "__arm64_sys_"},
		{"0 T __s390_sys_read\n0 T __s390x_sys_read\n", "__s390x_sys_"},
		{"0 T __riscv_sys_mmap\n", "__riscv_sys_"},
		{"0 t sys_fillrect\n0 T sys_read\n", "sys_"},
		{"0 T __ia32_sys_read\n0 T ksys_read\n", "__ia32_sys_"},
		{"0 D __x64_sys_read\n0 t __x64_sys_read.cold\n0 T sys_bpf\n", "sys_"},
	}
	for _, tt := range tests {
		k := kernel(t, map[string]string{"/proc/kallsyms": tt.symbols})
		if got, err := k.SyscallPrefix(); got != tt.prefix || err != nil {
			t.Errorf("%q: %q, %v", tt.symbols, got, err)
		}
		if got, err := k.SyscallName("clone"); got != tt.prefix+"clone" || err != nil {
			t.Errorf("%q: %q, %v", tt.symbols, got, err)
		}
		for _, name := range []string{"sys_clone", "__x64_sys_clone", "__arm64_sys_clone", "__s390x_sys_clone", "__ia32_compat_sys_clone"} {
			if got, err := k.FixSyscallName(name); got != tt.prefix+"clone" || err != nil {
				t.Errorf("%q: fixed %q is %q, %v", tt.symbols, name, got, err)
			}
		}
	}
	k := kernel(t, map[string]string{"/proc/kallsyms": "0 T vfs_read\n"})
	if got, err := k.SyscallPrefix(); err == nil {
		t.Errorf("no system calls, but %q", got)
	}
	if got, err := k.FixSyscallName("vfs_read"); got != "vfs_read" || err != nil {
		t.Errorf("a plain name became %q, %v", got, err)
	}
}
