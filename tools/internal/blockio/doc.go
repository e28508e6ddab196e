// Package blockio is what the tools share that follow requests of disks, from when
// they are made or given to a driver to when they are done.
//
// A tool compiles TypesC, its own text and FollowC, in that order, with the defines
// of its Plan. Its own text has
//
//	static inline void ended(void *ctx, struct io *io, u64 disk, u64 flags, u64 now)
//
// which is called for each request that is done, with its disk as dev_t. The flags
// are those of the request if BY_REQUEST is defined, else the letters of a
// tracepoint; op_of() tells the operation in either case. What cannot be followed
// is counted by miss(MISSED_CALLS) of package toolkit.
package blockio
