package main

import "github.com/bccgo/bcc/bccgo"

// allocation is the program's struct allocation.
type allocation struct {
	Size, Time, Stack uint64
	Execs, Unused     uint32
}

// group is the program's struct group.
type group struct{ Stack, Execs uint64 }

// sum is the program's struct sum.
type sum struct{ Bytes, Count int64 }

// event is the program's struct event.
type event struct {
	Time, Size, Address, Old uint64
	TID, Function            uint32
	Comm                     bccgo.Comm
}

// mapping is the program's struct mapping.
type mapping struct {
	Address, Size, Time, Stack uint64
	Op, TID, Execs, Unused     uint32
}

// What a mapping tells, as in the program.
const (
	opMap = iota
	opUnmap
	opUndo
	opExit
)

// outstanding is memory that was not freed; its fields are the JSON object's.
type outstanding struct {
	Address uint64 `json:"address"`
	Size    uint64 `json:"bytes"`
	time    uint64
	stack   uint64
}

// entry is a stack with what it allocated and nobody freed; its fields are the
// JSON object's.
type entry struct {
	Time   string        `json:"time"`
	Bytes  uint64        `json:"bytes"`
	Count  uint64        `json:"count"`
	Stack  []string      `json:"stack"`
	Allocs []outstanding `json:"allocations,omitempty"`

	key    uint64
	frames []bccgo.Frame
}
