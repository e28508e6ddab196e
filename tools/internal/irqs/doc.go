// Package irqs is what the tools share that measure handlers of interrupts.
//
// A tool's own text has
//
//	struct id { … };	which handler it is, without gaps
//
// and behind C the tracepoints, which call
//
//	int enter(u32 place, struct id *id)	a handler begins
//	int leave(u32 place, int handled)	it has returned; handled tells whether it counts
//
// The place tells handlers apart that can interrupt each other on a processor, of
// which there are PLACES.
package irqs
