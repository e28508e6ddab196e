package blockio

import "github.com/bccgo/bcc/tools/internal/toolkit"

// Ways to see the start of a request, who made it, and its end. Tracepoints come
// first: they are part of what the kernel keeps stable, while functions get inlined.
var (
	issueTracepoint = way("tracepoint", "raw_tracepoint:block_rq_issue")
	issueFunction   = way("kprobe", "kprobe:blk_mq_start_request")
	// Before Linux 5.0 some disks have one queue.
	issueOldFunction = "kprobe:blk_start_request"

	queueTracepoint = way("tracepoint", "raw_tracepoint:block_io_start")
	// Before Linux 5.16 the function was blk_account_io_start, which is also
	// called for each merge.
	queueFunction = way("kprobe", "kprobe:__blk_account_io_start")
	// The kernel's own note of the start is there since Linux 4.18. Since 6.9 it
	// may come from a clock read for several requests.
	queueField = toolkit.Way{Name: "the request's start_time_ns"}
	// A bio gets a request, in whose front another one can be put later.
	ownBio = toolkit.Way{Name: bioGetsRequest, Kind: "tracepoint", Probes: []string{bioGetsRequest, bioPutBefore}}

	doneTracepoint = way("tracepoint", "raw_tracepoint:block_io_done")
	partTracepoint = way("tracepoint", "raw_tracepoint:block_rq_complete")
	doneFunction   = way("kprobe", "kprobe:__blk_account_io_done")
	oldFunction    = way("kprobe", "kprobe:blk_account_io_done")
	// Since Linux 5.16 some requests complete in batches without it.
	partFunction = way("kprobe", "kprobe:blk_update_request")

	// Without headers of the running kernel:
	issuePlace = way("tracepoint", "tracepoint:block:block_rq_issue", "tracepoint:block:block_rq_complete")
	queuePlace = way("tracepoint", "tracepoint:block:block_io_start", "tracepoint:block:block_bio_frontmerge", "tracepoint:block:block_rq_complete")
)

const (
	bioGetsRequest = "raw_tracepoint:block_getrq"
	bioPutBefore   = "raw_tracepoint:block_bio_frontmerge"
)

func way(kind string, probes ...string) toolkit.Way {
	return toolkit.Way{Name: probes[0], Kind: kind, Probes: probes}
}

// functions are the program's functions for probes, in the order in which they are
// tried: the kernel refuses those that read more arguments than there are.
var functions = map[string][]string{
	doneTracepoint.Name: {"end_request"}, partTracepoint.Name: {"end_part"},
	doneFunction.Name: {"end_function"}, oldFunction.Name: {"end_function"}, partFunction.Name: {"end_part_function"},
	issueFunction.Name: {"start_function"}, issueOldFunction: {"start_function"}, queueFunction.Name: {"start_function"},
	issueTracepoint.Name: {"start_second", "start_first"}, queueTracepoint.Name: {"start_second", "start_first"},
}

// ownFunctions are those that note who makes a request.
var ownFunctions = map[string][]string{
	queueTracepoint.Name: {"own_first"}, queueFunction.Name: {"own_function"},
	bioGetsRequest: {"own_second", "own_first"}, bioPutBefore: {"own_third", "own_first"},
}
