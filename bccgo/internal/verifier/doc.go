// Package verifier explains, in words for people who write C, why the kernel's
// verifier refused a program. The verifier speaks of registers and kinds of
// values; what it means is one of some thirty things, each with a cure.
//
// The messages are those of Linux 4.18 to 6.18 (kernel/bpf/verifier.c), which
// changed their words now and then.
package verifier
