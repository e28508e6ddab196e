// Package bccgo runs inline C in the kernel and hands its events to Go.
//
// A program is a C text with BCC's macros. Load compiles it with libbcc in a
// child process, creates its tables, and attaches every function whose name
// says where it belongs:
//
//	m, err := bccgo.Load(`
//	TRACEPOINT_PROBE(syscalls, sys_enter_sync)
//	{
//		bpf_trace_printk("sync\n");
//		return 0;
//	}`, nil)
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer m.Close()
//
// Functions with other names are attached by call (Module.AttachKprobe and its
// kin). Tables are read by name, untyped (Module.Table) or as Go types (Map,
// PerCPU); perf and ring buffers become Go structs through Stream, which checks
// the struct against the C layout first.
//
// A program written for BCC's Python interface ports line by line: the C stays
// as it is and the calls keep their names.
package bccgo
