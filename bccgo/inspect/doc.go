// Package inspect tells what BPF programs, tables and links the kernel has, of
// whatever process: who holds them, where programs are attached, how long they
// ran, what the verifier and the compiler in the kernel made of them.
//
// Objects are known by the kernel's numbers, which are not used again while the
// machine runs. A list is not a snapshot: what goes away meanwhile is left out.
//
// All of it takes root, or CAP_BPF with CAP_SYS_ADMIN for numbers and CAP_PERFMON
// for instructions; what is missing is a *bccgo.PermissionError. It needs Linux
// 4.18; fields that came later are zero before.
package inspect
