package lint

import "testing"

func TestWrappedSyscalls(t *testing.T) {
	const before, wrapper = 4<<16 | 16<<8, 4<<16 | 19<<8
	tests := map[string]struct {
		text    string
		machine string
		version uint32
		want    []string
	}{
		"declared": {"int kprobe__sys_openat(struct pt_regs *ctx, int dfd, const char *name)\n{ return name != 0; }", "x86_64", wrapper,
			[]string{"1:66 parameter name is not the system call's: since Linux 4.17 (x86-64)"}},
		"declared before": {"int kprobe__sys_openat(struct pt_regs *ctx, int dfd)\n{ return dfd; }", "x86_64", before, nil},
		"arm64": {"int kprobe____arm64_sys_kill(struct pt_regs *ctx, int pid)\n{ return pid; }", "aarch64", wrapper,
			[]string{"1:55 name the function syscall__kill"}},
		"no wrapper":         {"int kprobe__sys_kill(struct pt_regs *ctx, int pid)\n{ return pid; }", "s390x", wrapper, nil},
		"declared, not used": {"int kprobe__sys_kill(struct pt_regs *ctx, int pid)\n{ return 0; }", "x86_64", wrapper, nil},
		"libbcc's own":       {"int kprobe____x64_sys_kill(struct pt_regs *ctx, int pid)\n{ return pid; }", "x86_64", wrapper, nil},
		"by hand":            {"int syscall__kill(struct pt_regs *ctx, int pid)\n{ return pid; }", "x86_64", wrapper, nil},
		"other function":     {"int kprobe__do_exit(struct pt_regs *ctx, long code)\n{ return code + PT_REGS_PARM1(ctx); }", "x86_64", wrapper, nil},
		"return":             {"int kretprobe__sys_kill(struct pt_regs *ctx)\n{ return PT_REGS_RC(ctx); }", "x86_64", wrapper, nil},
		"macro": {"int kprobe__sys_kill(struct pt_regs *regs)\n{\n\treturn PT_REGS_PARM2(regs);\n}", "x86_64", wrapper,
			[]string{"3:9 PT_REGS_PARM2(regs) is not the system call's"}},
		"macro and prefix": {"int syscall__kill(struct pt_regs *ctx)\n{\n\tint pid = PT_REGS_PARM1_CORE(ctx);\n\treturn pid;\n}", "x86_64", wrapper,
			[]string{"3:12 PT_REGS_PARM1_CORE(ctx) is not"}},
		"the registers": {"int kprobe__sys_kill(struct pt_regs *ctx)\n{\n\tstruct pt_regs *r = (struct pt_regs *)PT_REGS_PARM1(ctx);\n\treturn PT_REGS_PARM2(r);\n}",
			"x86_64", wrapper, nil},
		"nested": {"int kprobe__sys_kill(struct pt_regs *ctx)\n{\n\treturn PT_REGS_PARM2((struct pt_regs *)PT_REGS_PARM1(ctx));\n}", "x86_64", wrapper, nil},
		"asks":   {"int kprobe__sys_kill(struct pt_regs *ctx)\n{\n#ifdef CONFIG_ARCH_HAS_SYSCALL_WRAPPER\n\treturn 0;\n#else\n\treturn PT_REGS_PARM2(ctx);\n#endif\n}", "x86_64", wrapper, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wantFindings(t, input(tt.text, tt.machine, tt.version), tt.want...) })
	}
}

func TestArgumentUse(t *testing.T) {
	in := input("int one(struct pt_regs *ctx, int a)\n{ return a; }\nint two(struct pt_regs *ctx)\n{ return PT_REGS_PARM3(ctx); }\n"+
		"int none(struct pt_regs *ctx)\n{ return 0; }\nint other(struct sk_buff *skb, int a)\n{ return a; }", "x86_64", 6<<16)
	for name, want := range map[string]string{"one": "parameter a", "two": "PT_REGS_PARM3(ctx)", "none": "", "other": "", "absent": ""} {
		got := ""
		if w := in.ArgumentUse(name); w != nil {
			got = w.Message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !WrappedSymbol("__x64_sys_kill") || WrappedSymbol("sys_kill") || WrappedSymbol("do_sys_openat2") {
		t.Error("symbols")
	}
}
