#include <uapi/linux/ptrace.h>

struct regs {
	u64 a, b, c, d, e, ip, sp, fp;
};
BPF_PERF_OUTPUT(registers);

int registers_of(struct pt_regs *ctx)
{
	struct regs r = {};

	r.a = PT_REGS_PARM1(ctx);
	r.b = PT_REGS_PARM2(ctx);
	r.c = PT_REGS_PARM3(ctx);
	r.d = PT_REGS_PARM4(ctx);
	r.e = PT_REGS_PARM6(ctx);
	r.ip = PT_REGS_IP(ctx);
	r.sp = PT_REGS_SP(ctx);
	r.fp = PT_REGS_FP(ctx);
	registers.perf_submit(ctx, &r, sizeof(r));
	return 0;
}
