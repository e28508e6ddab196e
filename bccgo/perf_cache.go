package bccgo

import "golang.org/x/sys/unix"

// PerfCache is a cache of the processor (enum perf_hw_cache_id).
type PerfCache uint8

// Caches of a processor: first-level data and instructions, last level,
// translations of data and of instruction addresses, branch prediction, and
// memory of the processor's own node.
const (
	PerfCacheL1D  PerfCache = unix.PERF_COUNT_HW_CACHE_L1D
	PerfCacheL1I  PerfCache = unix.PERF_COUNT_HW_CACHE_L1I
	PerfCacheLL   PerfCache = unix.PERF_COUNT_HW_CACHE_LL
	PerfCacheDTLB PerfCache = unix.PERF_COUNT_HW_CACHE_DTLB
	PerfCacheITLB PerfCache = unix.PERF_COUNT_HW_CACHE_ITLB
	PerfCacheBPU  PerfCache = unix.PERF_COUNT_HW_CACHE_BPU
	PerfCacheNode PerfCache = unix.PERF_COUNT_HW_CACHE_NODE
)

// PerfCacheOp is what is done with a cache (enum perf_hw_cache_op_id).
type PerfCacheOp uint8

// Uses of a cache.
const (
	PerfCacheRead     PerfCacheOp = unix.PERF_COUNT_HW_CACHE_OP_READ
	PerfCacheWrite    PerfCacheOp = unix.PERF_COUNT_HW_CACHE_OP_WRITE
	PerfCachePrefetch PerfCacheOp = unix.PERF_COUNT_HW_CACHE_OP_PREFETCH
)

// PerfCacheResult is which uses count (enum perf_hw_cache_op_result_id).
type PerfCacheResult uint8

// Results of using a cache.
const (
	PerfCacheAccess PerfCacheResult = unix.PERF_COUNT_HW_CACHE_RESULT_ACCESS
	PerfCacheMiss   PerfCacheResult = unix.PERF_COUNT_HW_CACHE_RESULT_MISS
)

// PerfCacheConfig is the event of a PerfTypeHWCache that counts one result of
// one use of one cache: PerfCacheConfig(PerfCacheLL, PerfCacheRead,
// PerfCacheMiss) counts reads that miss the last level.
func PerfCacheConfig(cache PerfCache, op PerfCacheOp, result PerfCacheResult) uint64 {
	return uint64(cache) | uint64(op)<<8 | uint64(result)<<16
}
