package bccgo

import "golang.org/x/sys/unix"

// PerfEventSampleFormat says what a sample holds: the Sample_type of
// unix.PerfEventAttr (enum perf_event_sample_format), for
// Module.AttachPerfEventRaw. It is another name of uint64.
type PerfEventSampleFormat = uint64

// Parts of a sample. A program sees only some of them: PerfSampleAddr becomes
// the addr of struct bpf_perf_event_data, PerfSampleCallchain is what
// get_stackid needs on events with a precise_ip, and PerfSampleBranchStack what
// bpf_read_branch_records reads.
const (
	PerfSampleIP           PerfEventSampleFormat = unix.PERF_SAMPLE_IP
	PerfSampleTID          PerfEventSampleFormat = unix.PERF_SAMPLE_TID
	PerfSampleTime         PerfEventSampleFormat = unix.PERF_SAMPLE_TIME
	PerfSampleAddr         PerfEventSampleFormat = unix.PERF_SAMPLE_ADDR
	PerfSampleRead         PerfEventSampleFormat = unix.PERF_SAMPLE_READ
	PerfSampleCallchain    PerfEventSampleFormat = unix.PERF_SAMPLE_CALLCHAIN
	PerfSampleID           PerfEventSampleFormat = unix.PERF_SAMPLE_ID
	PerfSampleCPU          PerfEventSampleFormat = unix.PERF_SAMPLE_CPU
	PerfSamplePeriod       PerfEventSampleFormat = unix.PERF_SAMPLE_PERIOD
	PerfSampleStreamID     PerfEventSampleFormat = unix.PERF_SAMPLE_STREAM_ID
	PerfSampleRaw          PerfEventSampleFormat = unix.PERF_SAMPLE_RAW
	PerfSampleBranchStack  PerfEventSampleFormat = unix.PERF_SAMPLE_BRANCH_STACK
	PerfSampleRegsUser     PerfEventSampleFormat = unix.PERF_SAMPLE_REGS_USER
	PerfSampleStackUser    PerfEventSampleFormat = unix.PERF_SAMPLE_STACK_USER
	PerfSampleWeight       PerfEventSampleFormat = unix.PERF_SAMPLE_WEIGHT
	PerfSampleDataSrc      PerfEventSampleFormat = unix.PERF_SAMPLE_DATA_SRC
	PerfSampleIdentifier   PerfEventSampleFormat = unix.PERF_SAMPLE_IDENTIFIER
	PerfSampleTransaction  PerfEventSampleFormat = unix.PERF_SAMPLE_TRANSACTION
	PerfSampleRegsIntr     PerfEventSampleFormat = unix.PERF_SAMPLE_REGS_INTR
	PerfSamplePhysAddr     PerfEventSampleFormat = unix.PERF_SAMPLE_PHYS_ADDR
	PerfSampleAux          PerfEventSampleFormat = unix.PERF_SAMPLE_AUX
	PerfSampleCgroup       PerfEventSampleFormat = unix.PERF_SAMPLE_CGROUP
	PerfSampleDataPageSize PerfEventSampleFormat = unix.PERF_SAMPLE_DATA_PAGE_SIZE
	PerfSampleCodePageSize PerfEventSampleFormat = unix.PERF_SAMPLE_CODE_PAGE_SIZE
	PerfSampleWeightStruct PerfEventSampleFormat = unix.PERF_SAMPLE_WEIGHT_STRUCT
)
