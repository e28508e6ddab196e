#include <net/sock.h>
#include <net/request_sock.h>
#include <net/inet_sock.h>

int request(struct pt_regs *ctx, struct request_sock *req)
{
	struct inet_request_sock *ireq = (struct inet_request_sock *)req;

	bpf_trace_printk("%x %d mss %d\n", ireq->ir_rmt_addr, ntohs(ireq->ir_rmt_port), req->mss);
	return ireq->ireq_family == AF_INET ? ireq->ir_num : req->num_retrans;
}
