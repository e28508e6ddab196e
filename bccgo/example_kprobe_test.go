package bccgo_test

import (
	"fmt"
	"log"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// Count the calls of all functions of the virtual file system for a second.
func ExampleModule_AttachKprobeRe() {
	m, err := bccgo.Load(`
BPF_HASH(calls, u64, u64);

int count(struct pt_regs *ctx)
{
	calls.increment(bpf_get_func_ip(ctx));
	return 0;
}
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	link, err := m.AttachKprobeRe("vfs_.*", "count", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, refused := range link.Refused() {
		fmt.Println("not counted:", refused.Probe, refused.Err)
	}
	time.Sleep(time.Second)

	calls, err := bccgo.Map[uint64, uint64](m, "calls")
	if err != nil {
		log.Fatal(err)
	}
	for function, n := range calls.All() {
		fmt.Println(n, m.KSym(function, nil))
	}
	if err := calls.Err(); err != nil {
		log.Fatal(err)
	}
}

// Tell the text what the kernel has, before it is compiled.
func ExampleKernelStructHasField() {
	options := &bccgo.Options{Defines: map[string]string{}}
	inQueue, err := bccgo.KernelStructHasField("request", "rq_disk")
	if err != nil {
		log.Fatal(err)
	}
	if inQueue {
		options.Defines["HAS_RQ_DISK"] = "1"
	}
	fmt.Println(len(options.Defines))
}
