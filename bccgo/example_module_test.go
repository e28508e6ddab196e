package bccgo_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// The names of functions say where they run: this one at a tracepoint.
func ExampleLoad() {
	m, err := bccgo.Load(`
TRACEPOINT_PROBE(syscalls, sys_enter_sync)
{
	bpf_trace_printk("sync\n");
	return 0;
}`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := m.TracePrint(ctx, os.Stdout, "{0} ({1}): {5}"); err != nil {
		log.Fatal(err)
	}
}

// What a program depends on is a define, so that positions in messages stay
// those of the Go file.
func ExampleOptions() {
	m, err := bccgo.Load(`
BPF_HASH(sizes, u64, u64);

int count(struct pt_regs *ctx, struct file *file, char *buf, size_t size)
{
	if (size < LEAST)
		return 0;
	sizes.increment(size);
	return 0;
}`, &bccgo.Options{Defines: map[string]string{"LEAST": "4096"}})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	link, err := m.AttachKprobe("vfs_read", "count", nil)
	if err != nil {
		log.Fatal(err)
	}
	time.Sleep(time.Second)
	if err := link.Close(); err != nil {
		log.Fatal(err)
	}
}

// Kernels call the function differently, and some have inlined it.
func ExampleModule_AttachFirst() {
	m, err := bccgo.Load(`
BPF_ARRAY(requests, u64, 1);

int begin(void *ctx)
{
	requests.increment(0);
	return 0;
}`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	link, err := m.AttachFirst("begin",
		"tracepoint:block:block_io_start", "kprobe:__blk_account_io_start", "kprobe:blk_account_io_start")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("counting at", link.Target())
}

// FirstProbe chooses before the compile, because a text that names a tracepoint
// which the kernel lacks does not compile.
func ExampleFirstProbe() {
	probe, err := bccgo.FirstProbe("tracepoint:random:urandom_read", "tracepoint:syscalls:sys_enter_getrandom")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("tracing", probe)
}
