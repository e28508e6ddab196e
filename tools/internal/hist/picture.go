package hist

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// maxColumns is how many outputs a picture keeps apart: beyond, neighbours are added
// up. maxSections is how many sections it shows, those with the highest counts.
const (
	maxColumns  = 600
	maxSections = 24
)

// picture collects a run's outputs to be drawn.
type picture struct {
	title, label, header string
	linear               bool
	begin                time.Time
	columns              []column
	// each is how many outputs a column holds, filled how many the last one has.
	each, filled int
}

// column is what outputs that follow each other counted.
type column struct {
	end      time.Time
	sections map[string][]uint64
}

// add takes an output. One without counts is a column as well: time goes on.
func (p *picture) add(now time.Time, h *Histograms) {
	p.label, p.header, p.linear = h.Label, h.Header, h.Linear
	p.each = max(p.each, 1)
	if len(p.columns) == 0 || p.filled == p.each {
		p.makeRoom()
		p.columns = append(p.columns, column{sections: make(map[string][]uint64)})
		p.filled = 0
	}
	last := &p.columns[len(p.columns)-1]
	last.end = now
	p.filled++
	for _, s := range h.Sections {
		last.count(fmt.Sprint(s.Key), s.Counts)
	}
}

// makeRoom adds neighbours up when there are as many columns as can be.
func (p *picture) makeRoom() {
	if len(p.columns) < maxColumns {
		return
	}
	for i := range len(p.columns) / 2 {
		left, right := p.columns[2*i], p.columns[2*i+1]
		for key, counts := range right.sections {
			left.count(key, counts)
		}
		left.end = right.end
		p.columns[i] = left
	}
	p.columns = slices.Delete(p.columns, len(p.columns)/2, len(p.columns))
	p.each *= 2
}

func (c *column) count(key string, counts []uint64) {
	sum := c.sections[key]
	for len(sum) < len(counts) {
		sum = append(sum, 0)
	}
	for i, n := range counts {
		sum[i] += n
	}
	c.sections[key] = sum
}

// plot is a section over the whole run.
type plot struct {
	key   string
	total uint64
	// first and last are the slots to show; most is the highest count of one.
	first, last int
	most        uint64
}

// plots are the sections to show, the ones that counted most first, and how many
// are left out.
func (p *picture) plots() (list []plot, more int) {
	found := make(map[string]*plot)
	for _, c := range p.columns {
		for key, counts := range c.sections {
			if found[key] == nil {
				found[key] = &plot{key: key, first: len(counts)}
			}
			found[key].include(counts)
		}
	}
	for _, one := range found {
		if one.total > 0 {
			list = append(list, *one)
		}
	}
	slices.SortFunc(list, func(a, b plot) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.key, b.key))
	})
	if len(list) > maxSections {
		list, more = list[:maxSections], len(list)-maxSections
	}
	return list, more
}

func (one *plot) include(counts []uint64) {
	for slot, n := range counts {
		if n == 0 {
			continue
		}
		one.total += n
		one.most = max(one.most, n)
		one.first, one.last = min(one.first, slot), max(one.last, slot)
	}
}

// values are those that a slot counts, as the histograms name them.
func (p *picture) values(slot int) string {
	if p.linear {
		return strconv.Itoa(slot)
	}
	if slot <= 1 {
		return "0 -> " + strconv.Itoa(slot)
	}
	return fmt.Sprintf("%d -> %d", uint64(1)<<(slot-1), uint64(1)<<(slot-1)*2-1)
}
