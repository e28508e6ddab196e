// Package toolkit is what the tools share: how they start, read their flags,
// stop, write lines or JSON, report lost events, choose probes for system calls
// and narrow what they trace.
package toolkit
