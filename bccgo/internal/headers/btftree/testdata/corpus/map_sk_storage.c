#include <uapi/linux/bpf.h>

BPF_SK_STORAGE(seen, u64);

int count(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	u64 *n;

	if (!sk)
		return 1;
	n = seen.sk_storage_get(sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (n)
		*n += skb->len;
	return 1;
}
