package bccgo_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
)

// The kernel function that an event names by its address.
func ExampleKSym() {
	if err := bccgo.SupportKSym(); err != nil {
		log.Fatal(err) // names the sysctl that hides addresses
	}
	var address uint64 // from an event
	fmt.Println(bccgo.KSym(address, &bccgo.SymOptions{Offset: true, Module: true}))
}

// Whether the kernel has a function.
func ExampleKSymName() {
	function := "blk_account_io_done"
	if _, ok := bccgo.KSymName("__blk_account_io_done"); ok {
		function = "__blk_account_io_done"
	}
	fmt.Println("counting", function)
}

// Why an address cannot be resolved.
func ExampleSymbols_Lookup() {
	symbols := bccgo.NewSymbols(nil)
	_, err := symbols.Lookup(0x10, os.Getpid())
	var unknown *bccgo.UnknownSymbolError
	fmt.Println(errors.As(err, &unknown), unknown.Reason)
	// Output: true it is in no executable memory of the process
}

func ExampleSymbol_Format() {
	s := bccgo.Symbol{Name: "malloc", Offset: 0x1f, Module: "/usr/lib/libc.so.6"}
	fmt.Println(s.Format(nil))
	fmt.Println(s.Format(&bccgo.SymOptions{Offset: true, Module: true}))
	// Output:
	// malloc
	// malloc+0x1f [libc.so.6]
}

// Where a program spends its time, as input of a flame graph.
func ExampleStackTraces() {
	m, err := bccgo.Load(`
struct key_t {
	u32 pid;
	int user;
	int kernel;
	char comm[16];
};
BPF_HASH(counts, struct key_t, u64);
BPF_STACK_TRACE(stacks, 16384);

TRACEPOINT_PROBE(syscalls, sys_enter_write)
{
	struct key_t key = {.pid = bpf_get_current_pid_tgid() >> 32};

	key.user = stacks.get_stackid(args, BPF_F_USER_STACK);
	key.kernel = stacks.get_stackid(args, 0);
	bpf_get_current_comm(&key.comm, sizeof(key.comm));
	counts.increment(key);
	return 0;
}
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	time.Sleep(time.Second)

	type key struct {
		PID          uint32
		User, Kernel int32
		Comm         bccgo.Comm
	}
	counts, err := bccgo.Map[key, uint64](m, "counts")
	if err != nil {
		log.Fatal(err)
	}
	stacks, err := bccgo.StackTraces(m, "stacks")
	if err != nil {
		log.Fatal(err)
	}
	names := func(id int32, pid int, missed string) []string {
		frames, err := stacks.Frames(int64(id), pid)
		switch {
		case errors.Is(err, unix.EFAULT): // it has no such stack
			return nil
		case err != nil:
			return []string{missed}
		}
		return bccgo.FrameNames(frames, nil)
	}
	for k, n := range counts.All() {
		err := bccgo.WriteFolded(os.Stdout, bccgo.FoldedStack{
			Comm:   k.Comm.String(),
			User:   names(k.User, int(k.PID), "[Missed User Stack]"),
			Kernel: names(k.Kernel, bccgo.KernelPID, "[Missed Kernel Stack]"),
			Count:  n,
		})
		if err != nil {
			log.Fatal(err)
		}
	}
}

func ExampleWriteFolded() {
	err := bccgo.WriteFolded(os.Stdout, bccgo.FoldedStack{
		Comm:      "cat",
		User:      []string{"read", "main"},
		Kernel:    []string{"vfs_read", "ksys_read"},
		Delimiter: true,
		Count:     12,
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: cat;main;read;-;ksys_read;vfs_read 12
}
