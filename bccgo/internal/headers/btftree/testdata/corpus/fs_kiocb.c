#include <linux/fs.h>
#include <linux/uio.h>

BPF_HISTOGRAM(lengths);

int iter(struct pt_regs *ctx, struct kiocb *iocb, struct iov_iter *iter)
{
	u64 count = iter->count;

	if (iocb->ki_flags & (IOCB_DIRECT | IOCB_NOWAIT | IOCB_APPEND) || iocb->ki_pos)
		lengths.increment(bpf_log2l(count));
	return iocb->ki_filp->f_inode->i_mode;
}
