package probe

import (
	"fmt"
	"strconv"
	"strings"
)

// KprobeSource is how perf_event_open(2) is told to make a kprobe (kernel 4.17).
type KprobeSource struct {
	// Type is perf_event_attr.type, Retprobe the bit of config that makes it a
	// return probe.
	Type     uint32
	Retprobe uint64
}

// KprobeSource reads the numbers from sysfs.
func (k *Kernel) KprobeSource() (KprobeSource, error) {
	const dir = eventSources + "kprobe/"
	var s KprobeSource
	number, err := k.sysfsNumber(dir+"type", "")
	if err != nil {
		return s, err
	}
	bit, err := k.sysfsNumber(dir+"format/retprobe", "config:")
	if err != nil {
		return s, err
	}
	return KprobeSource{Type: uint32(number), Retprobe: 1 << bit}, nil
}

// sysfsNumber reads a number of up to 32 bits after a prefix.
func (k *Kernel) sysfsNumber(path, prefix string) (uint64, error) {
	text, err := k.root.ReadLine(path)
	if err != nil {
		return 0, fmt.Errorf("find the kprobe event source: %w", err)
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, prefix), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("find the kprobe event source: %s: %w", path, err)
	}
	return n, nil
}
