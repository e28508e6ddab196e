#include <linux/sched.h>
#include <linux/fs.h>
#include <linux/skbuff.h>
#include <net/sock.h>

int offsets(struct pt_regs *ctx)
{
	u64 sum = offsetof(struct task_struct, tgid) + offsetof(struct task_struct, nsproxy);

	sum += offsetof(struct file, f_inode) << 8 | offsetof(struct inode, i_ino);
	sum ^= offsetof(struct sk_buff, head) << 16 | offsetof(struct sock, sk_err);
	return sum + sizeof(struct sock_common) + sizeof(struct dentry);
}
