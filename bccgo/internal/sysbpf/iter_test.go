package sysbpf

import (
	"encoding/binary"
	"slices"
	"testing"
)

func TestIterInfo(t *testing.T) {
	for want, over := range map[[4]uint32]IterOver{
		{}:           {},
		{7, 0, 0, 0}: {MapFD: 7},
		{2, 9, 0, 0}: {Order: 2, CgroupFD: 9},
		{0, 5, 0, 0}: {PID: 5},
		{6, 0, 0, 0}: {TID: 6},
	} {
		info := over.info()
		var got [4]uint32
		for i, b := range slices.Collect(slices.Chunk(info, 4)) {
			got[i] = binary.NativeEndian.Uint32(b)
		}
		if got != want || len(info) != 16 {
			t.Errorf("%+v: %v, %d bytes", over, got, len(info))
		}
	}
	if _, err := LinkIter(-1, IterOver{}); err == nil {
		t.Error("attached no program")
	}
}
