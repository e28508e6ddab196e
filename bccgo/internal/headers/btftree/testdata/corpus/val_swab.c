#include <uapi/linux/ptrace.h>
#include <linux/swab.h>
#include <linux/byteorder/generic.h>

int order(struct pt_regs *ctx, u64 a, u32 b, u16 c)
{
	u64 x = cpu_to_be64(a) + be64_to_cpu(a + 1) + swab64(a);
	u32 y = htonl(b) + ntohl(b + 1) + cpu_to_be32(b + 2) + le32_to_cpu(b);

	return x + y + swab16(c) + cpu_to_le16(c) + ntohs(c) + __constant_htons(0x1234);
}
