package main

import (
	"errors"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// plan is how pages are counted on this kernel.
type plan struct {
	text    string
	defines map[string]string
	// kprobe is the function at which the program's accessed is to run, if any.
	kprobe string
	// reads tells that accesses are counted by tracepoints.
	reads bool
}

// Names of the ways to count accesses, of which the functions' ones have the names of
// what they probe: the first has been there since Linux 5.16.
const (
	fentryFolio = "fentry:folio_mark_accessed"
	fentryPage  = "fentry:mark_page_accessed"
	kprobeFolio = "kprobe:folio_mark_accessed"
	kprobePage  = "kprobe:mark_page_accessed"
	byReads     = "tracepoints of reads and page faults"
)

// getPages is the tracepoint of reads.
const getPages = "tracepoint:filemap:mm_filemap_get_pages"

// choose chooses the way that costs least of those that there are.
func (o *options) choose(s *toolkit.Session) (*plan, error) {
	const added, buffers = "tracepoint:filemap:mm_filemap_add_to_page_cache", "tracepoint:block:block_dirty_buffer"
	dirtied, err := bccgo.FirstProbe("tracepoint:writeback:writeback_dirty_folio", "tracepoint:writeback:writeback_dirty_page")
	if err != nil {
		return nil, err
	}
	always := []string{added, buffers, dirtied}
	size, lacks := folioSize()
	noFentry := bccgo.SupportKfunc()
	way, err := o.probes.Choose(s, "accesses of the page cache",
		toolkit.Way{Name: fentryFolio, Kind: "fentry", Probes: always, Refused: errors.Join(noFentry, absent("folio_mark_accessed"))},
		toolkit.Way{Name: fentryPage, Kind: "fentry", Probes: always, Refused: errors.Join(noFentry, absent("mark_page_accessed"))},
		toolkit.Way{Name: kprobeFolio, Kind: "kprobe", Probes: append([]string{kprobeFolio}, always...)},
		toolkit.Way{Name: kprobePage, Kind: "kprobe", Probes: append([]string{kprobePage}, always...)},
		toolkit.Way{Name: byReads, Kind: "tracepoint", Refused: lacks,
			Probes: append([]string{getPages, "tracepoint:filemap:mm_filemap_fault"}, always...)})
	if err != nil {
		return nil, err
	}
	return planOf(way.Name, dirtied, size), nil
}

func planOf(way, dirtied, size string) *plan {
	p := &plan{defines: map[string]string{}}
	if way == byReads {
		p.text = toolkit.MissedC + program + reads
		p.defines["NR_PAGES"], p.reads = size, true
		return p
	}
	p.text = toolkit.MissedC + program + marks + made(dirtied)
	switch way {
	case fentryFolio:
		p.defines["FENTRY_FOLIO"] = ""
	case fentryPage:
		p.defines["FENTRY_PAGE"] = ""
	default:
		p.kprobe = way[len("kprobe:"):]
	}
	return p
}

// made counts what is made dirty, at a tracepoint.
func made(dirtied string) string {
	event := dirtied[len("tracepoint:writeback:"):]
	return fmt.Sprintf("\nTRACEPOINT_PROBE(writeback, %s)\n{\n\treturn count(DIRTIED, 1);\n}\n", event)
}

// absent returns why there is no kernel function of a name, nil if there is one.
func absent(function string) error {
	if _, ok := bccgo.KSymName(function); !ok {
		return fmt.Errorf("this kernel has no function %s", function)
	}
	return nil
}

// folioSize is the field of struct folio that holds its number of pages, which has had
// two names since there are tracepoints of reads. Without these the kernel's types need
// not be read, which takes memory.
func folioSize() (string, error) {
	if _, err := bccgo.FirstProbe(getPages); err != nil {
		return "", nil // which is refused for the lack of the tracepoint
	}
	for _, name := range []string{"_nr_pages", "_folio_nr_pages"} {
		if has, err := bccgo.KernelStructHasField("folio", name); err != nil || has {
			return name, err
		}
	}
	return "", errors.New("struct folio of this kernel has no number of pages")
}
