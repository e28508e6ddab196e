package probe

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

const manySymbols = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _stext
ffffffff81000010 t __pfx_vfs_read
ffffffff81000020 T vfs_read
ffffffff81000030 T vfs_write
ffffffff81000040 t vfs_cold.cold
ffffffff81000050 T vfs_notrace
ffffffff81000060 t __do_sys_getppid
ffffffff81000060 T __ia32_sys_getppid
ffffffff81000060 T __x64_sys_getppid
ffffffff81000070 T vfs_forbidden
ffffffff81000070 T vfs_forbidden_alias
ffffffff81000080 T __irqentry_text_end
ffffffff81000080 T __irqentry_text_start
ffffffff81000090 T vfs_irq
ffffffff810000a0 T perf_vfs
ffffffff810000b0 D vfs_data
ffffffff810000c0 t vfs_twice
ffffffff810000d0 t vfs_twice
ffffffff81100000 T __init_begin
ffffffff81100000 t vfs_init
ffffffff81100010 T vfs_read_init
ffffffff81100020 T __init_end
ffffffff81100030 T vfs_after
ffffffffc0000000 t vfs_mod	[fs]
ffffffffc0000010 t vfs_mod_notrace	[fs]
`

func manyFunctions(t *testing.T, re string, changes map[string]string) []string {
	t.Helper()
	files := map[string]string{
		"/proc/kallsyms":                      manySymbols,
		"/sys/kernel/debug/kprobes/blacklist": "0xffffffff81000070-0xffffffff81000080\tvfs_forbidden\n",
		"/sys/kernel/tracing/available_filter_functions": "vfs_read\nvfs_write\n__do_sys_getppid\nvfs_forbidden\nvfs_irq\n" +
			"vfs_twice\nvfs_twice\nvfs_init\nvfs_after\nvfs_mod [fs]\nvfs_mod_notrace\n",
	}
	for name, text := range changes {
		files[name] = text
	}
	found, err := kernel(t, files).KprobeFunctions(regexp.MustCompile("^(?:" + re + ")$").Match)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Name)
		if f.Addr < 0xffffffff81000000 || (f.Module == "fs") != strings.HasPrefix(f.Name, "vfs_mod") {
			t.Errorf("%+v", f)
		}
	}
	return names
}

func TestKprobeFunctions(t *testing.T) {
	const filter = "/sys/kernel/tracing/available_filter_functions"
	const blacklist = "/sys/kernel/debug/kprobes/blacklist"
	for _, test := range []struct {
		re      string
		changes map[string]string
		want    []string
	}{
		{"vfs_.*", nil, []string{"vfs_read", "vfs_write", "vfs_irq", "vfs_twice", "vfs_twice", "vfs_after", "vfs_mod"}},
		{"vfs_r.*d", nil, []string{"vfs_read"}},
		{"vfs", nil, nil},
		{"__.*_sys_getppid", nil, []string{"__do_sys_getppid", "__ia32_sys_getppid", "__x64_sys_getppid"}},
		{"__x64_sys_.*", nil, []string{"__x64_sys_getppid"}},
		{"vfs_forb.*", nil, nil},
		{"vfs_forb.*", map[string]string{blacklist: ""}, []string{"vfs_forbidden", "vfs_forbidden_alias"}},
		{".*vfs_.*", map[string]string{filter: ""}, []string{"vfs_read", "vfs_write", "vfs_notrace", "vfs_irq",
			"vfs_twice", "vfs_twice", "vfs_after", "vfs_mod", "vfs_mod_notrace"}},
	} {
		if got := manyFunctions(t, test.re, test.changes); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.re, got, test.want)
		}
	}
}

func TestKprobeFunctionsInClosedSections(t *testing.T) {
	const section = `ffffffff81000000 T vfs_before
ffffffff81000010 T __irqentry_text_start
ffffffff81000010 T vfs_irq
ffffffff81000020 T __irqentry_text_end
ffffffff81000020 T vfs_after
`
	got := manyFunctions(t, "vfs_.*", map[string]string{
		"/proc/kallsyms": section, "/sys/kernel/tracing/available_filter_functions": "vfs_before\nvfs_irq\nvfs_after\n",
	})
	if want := []string{"vfs_before", "vfs_after"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestKprobeFunctionsErrors(t *testing.T) {
	for _, symbols := range []string{"", "\n"} {
		k := kernel(t, map[string]string{"/proc/kallsyms": symbols})
		if _, err := k.KprobeFunctions(func([]byte) bool { return true }); err == nil {
			t.Errorf("no error from %q", symbols)
		}
	}
}
