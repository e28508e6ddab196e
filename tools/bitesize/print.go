package main

import (
	"maps"
	"slices"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// histograms sorts what was counted into a histogram for each name.
func histograms(fresh map[commSlot]uint64) *hist.Histograms {
	byName := make(map[string][]uint64)
	for k, n := range fresh {
		name := toolkit.Printable(k.Comm.String())
		if byName[name] == nil {
			byName[name] = make([]uint64, hist.Slots)
		}
		byName[name][k.Slot] += n
	}
	h := &hist.Histograms{Label: "Kbytes", Header: "Process Name"}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		h.Sections = append(h.Sections, bccgo.Section{Key: name, Counts: byName[name]})
	}
	return h
}
