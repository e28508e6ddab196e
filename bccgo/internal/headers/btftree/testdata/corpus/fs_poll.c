#include <linux/poll.h>
#include <uapi/linux/eventpoll.h>

BPF_HASH(ops, int);

int ctl(struct pt_regs *ctx, int epfd, int op, int fd, struct epoll_event *event)
{
	struct epoll_event e = {};

	bpf_probe_read_user(&e, sizeof(e), event);
	if (op == EPOLL_CTL_ADD && e.events & (EPOLLIN | EPOLLET | EPOLLEXCLUSIVE))
		ops.increment(op);
	return POLLIN | POLLOUT | POLLHUP | POLLERR | EPOLL_CTL_DEL;
}
