#include <uapi/linux/ptrace.h>
#include <uapi/linux/ipc.h>
#include <uapi/linux/shm.h>

BPF_HASH(flags, int);

int shmget(struct pt_regs *ctx, int key, size_t size, int flg)
{
	if (key == IPC_PRIVATE || flg & (IPC_CREAT | IPC_EXCL | SHM_HUGETLB))
		flags.increment(flg);
	return SHM_RDONLY | SHM_REMAP | IPC_RMID | IPC_STAT;
}
