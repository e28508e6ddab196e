// Package nearest finds the known names most like a mistyped one, for the
// "did you mean" part of errors.
package nearest

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// minPart is the shortest name that is also looked for inside longer ones;
// anything shorter is part of too many.
const minPart = 4

// In returns at most n of names, those most like name first. See Of.
func In(name string, names []string, n int) []string {
	return Of(name, slices.Values(names), n)
}

// Of returns at most n of names, those most like name first: by the number
// of letters to insert, delete, change or swap (up to a third of the name,
// two at least), then names that contain name, shortest first; equals are
// sorted by name. Letter case is ignored when comparing. Names more than
// twice as far as the nearest one are left out. It returns nil where nothing
// is close. name itself, should it occur, is not returned.
func Of(name string, names iter.Seq[string], n int) []string {
	if name == "" || n <= 0 {
		return nil
	}
	m := newMatcher(name)
	var best []candidate
	for other := range names {
		rank, ok := m.rank(other)
		if !ok {
			continue
		}
		best = insert(best, candidate{other, rank}, n)
	}
	var out []string
	for _, c := range best {
		if c.rank > 2*best[0].rank {
			break
		}
		out = append(out, c.name)
	}
	return out
}

type candidate struct {
	name string
	rank int
}

// insert keeps best sorted, free of repeats and at most n long.
func insert(best []candidate, c candidate, n int) []candidate {
	at, found := slices.BinarySearchFunc(best, c, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.name, b.name))
	})
	if found || at >= n {
		return best
	}
	best = slices.Insert(best, at, c)
	return best[:min(n, len(best))]
}

// matcher compares one name with many, reusing its rows.
type matcher struct {
	name  string
	lower string
	limit int
	rows  [3][]int
}

func newMatcher(name string) *matcher {
	m := &matcher{name: name, lower: strings.ToLower(name)}
	m.limit = max(2, len(m.lower)/3)
	// A limit as long as the name would call any short name close.
	m.limit = min(m.limit, max(1, len(m.lower)-1))
	for i := range m.rows {
		m.rows[i] = make([]int, len(m.lower)+1)
	}
	return m
}

// rank says how far other is; smaller is nearer.
func (m *matcher) rank(other string) (int, bool) {
	if other == m.name || other == "" {
		return 0, false
	}
	lower := strings.ToLower(other)
	if d := m.distance(lower); d <= m.limit {
		return d, true
	}
	if len(m.lower) >= minPart && strings.Contains(lower, m.lower) {
		return m.limit + len(lower) - len(m.lower), true
	}
	return 0, false
}

// distance is the optimal string alignment distance between m.lower and
// other, or any number above m.limit where it is above.
func (m *matcher) distance(other string) int {
	a, b := m.lower, other
	if diff := len(a) - len(b); diff > m.limit || -diff > m.limit {
		return m.limit + 1
	}
	before, last, row := m.rows[0], m.rows[1], m.rows[2]
	for i := range last {
		last[i] = i
	}
	for j := 1; j <= len(b); j++ {
		row[0] = j
		least := j
		for i := 1; i <= len(a); i++ {
			row[i] = step(a, b, i, j, before, last, row)
			least = min(least, row[i])
		}
		if least > m.limit {
			return least
		}
		before, last, row = last, row, before
	}
	return last[len(a)]
}

// step is one cell of the distance table.
func step(a, b string, i, j int, before, last, row []int) int {
	cost := 1
	if a[i-1] == b[j-1] {
		cost = 0
	}
	d := min(last[i]+1, row[i-1]+1, last[i-1]+cost)
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		d = min(d, before[i-2]+1)
	}
	return d
}

// Phrase renders names as a sentence to append to an error: "; did you mean
// a, b or c?", or "" where there are none.
func Phrase(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "; did you mean " + names[0] + "?"
	}
	last := len(names) - 1
	return "; did you mean " + strings.Join(names[:last], ", ") + " or " + names[last] + "?"
}
