#include <linux/fs.h>
#include <uapi/linux/fcntl.h>

BPF_HASH(cmds, int);

int fcntl(struct pt_regs *ctx, int fd, unsigned int cmd)
{
	int c = cmd;

	if (cmd == F_SETLK || cmd == F_SETLKW || cmd == F_OFD_SETLK || cmd == F_DUPFD_CLOEXEC)
		cmds.increment(c);
	return LOCK_EX | LOCK_NB | LOCK_SH | LOCK_UN | F_RDLCK | F_WRLCK | F_UNLCK;
}
