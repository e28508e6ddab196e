#include <uapi/linux/ptrace.h>
#include <uapi/linux/elf.h>
#include <linux/elf.h>

int header(struct pt_regs *ctx, struct elf64_hdr *h)
{
	if (h->e_type == ET_DYN && h->e_machine == EM_X86_64)
		return h->e_phnum;
	return h->e_machine == EM_AARCH64 ? PT_INTERP : PT_LOAD | PF_X;
}
