package btftree

import (
	"os"
	"testing"
)

// BenchmarkGenerate makes the header of a small program from the running
// kernel's types, as every compile does.
func BenchmarkGenerate(b *testing.B) {
	data, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		b.Skip(err)
	}
	const text = `
#include <net/sock.h>
int kprobe__tcp_v4_connect(struct pt_regs *ctx, struct sock *sk)
{
	struct task_struct *t = (struct task_struct *)bpf_get_current_task();
	return t->real_parent->tgid + (sk->sk_family == AF_INET) + ntohs(sk->sk_dport);
}`
	b.Run("shims", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			readShims()
		}
	})
	b.Run("types", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := ReadKernel(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			k, err := ReadKernel(data)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := Generate(k, &Request{Text: text}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
