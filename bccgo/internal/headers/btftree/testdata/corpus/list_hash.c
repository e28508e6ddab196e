#include <uapi/linux/ptrace.h>
#include <linux/list.h>
#include <net/sock.h>

int in_bucket(struct pt_regs *ctx, struct hlist_nulls_head *head)
{
	struct hlist_nulls_node *first = head->first;

	if ((unsigned long)first & 1)
		return 0;
	return offsetof(struct sock, __sk_common.skc_nulls_node) == 0;
}
