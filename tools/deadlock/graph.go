package main

import (
	"cmp"
	"slices"

	"github.com/bccgo/bcc/bccgo"
)

// mutex is the program's struct mutex.
type mutex struct{ Address, Life uint64 }

// edge is the program's struct edge.
type edge struct{ First, Then mutex }

// taken is the program's struct taken.
type taken struct {
	First, Then, Time uint64
	TID, Unused       uint32
	Comm              bccgo.Comm
}

// creation is the program's struct creation.
type creation struct {
	Stack       uint64
	TID, Unused uint32
	Comm        bccgo.Comm
}

// graph has an edge from each mutex to those that were taken while it was held.
type graph map[mutex][]mutex

func newGraph(edges map[edge]taken) graph {
	g := graph{}
	for e := range edges {
		g[e.First] = append(g[e.First], e.Then)
		if _, ok := g[e.Then]; !ok {
			g[e.Then] = nil
		}
	}
	for _, next := range g {
		slices.SortFunc(next, compareMutex)
	}
	return g
}

func compareMutex(a, b mutex) int {
	return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Life, b.Life))
}

// mutexes lists all, sorted.
func (g graph) mutexes() []mutex {
	all := make([]mutex, 0, len(g))
	for m := range g {
		all = append(all, m)
	}
	slices.SortFunc(all, compareMutex)
	return all
}

// cycle returns the mutexes of a cycle as short as there is, each once; nil if
// there is none.
func (g graph) cycle() []mutex {
	var shortest []mutex
	for _, m := range g.mutexes() {
		if found := g.wayBack(m); found != nil && (shortest == nil || len(found) < len(shortest)) {
			shortest = found
		}
		if len(shortest) == 2 {
			break // a mutex is no cycle with itself
		}
	}
	return shortest
}

// wayBack returns the shortest way from a mutex to itself.
func (g graph) wayBack(start mutex) []mutex {
	from := map[mutex]mutex{}
	for queue := []mutex{start}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g[queue[0]] {
			if next == start {
				return path(from, start, queue[0])
			}
			if _, seen := from[next]; !seen {
				from[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// path returns the way from a mutex to another.
func path(from map[mutex]mutex, start, end mutex) []mutex {
	way := []mutex{end}
	for end != start {
		end = from[end]
		way = append(way, end)
	}
	slices.Reverse(way)
	return way
}
