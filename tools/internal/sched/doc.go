// Package sched is what the tools about the scheduler share: their probes at
// switches and wake-ups of threads, what these tell of a thread, whichever way the
// kernel can be looked at, and the flags that narrow a tool to a process or thread.
package sched
