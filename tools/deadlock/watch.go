package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// watch looks for cycles.
type watch struct {
	*options
	s         *toolkit.Session
	edges     *bccgo.TypedMap[edge, taken]
	creations *bccgo.TypedMap[uint32, creation]
	stacks    *toolkit.Stacks
}

// watch opens the program's tables, which it checks.
func (o *options) watch(s *toolkit.Session, m *bccgo.Module) (*watch, error) {
	w := &watch{options: o, s: s}
	var errs [3]error
	w.edges, errs[0] = bccgo.Map[edge, taken](m, "edges")
	w.creations, errs[1] = bccgo.Map[uint32, creation](m, "creations")
	w.stacks, errs[2] = toolkit.OpenStacks(m)
	return w, errors.Join(errs[:]...)
}

// run looks every second, and once more at the end.
func (w *watch) run(ctx context.Context) error {
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		over := false
		select {
		case <-ctx.Done():
			over = true
		case <-ticks.C:
			over = toolkit.Ended(w.pid)
		}
		if err := w.look(); err != nil || over {
			return err
		}
	}
}

// look reads the orders seen until now. The error is errFound if there is a cycle
// among them.
func (w *watch) look() error {
	edges := map[edge]taken{}
	for e, t := range w.edges.All() {
		edges[e] = t
	}
	if err := w.edges.Err(); err != nil {
		return err
	}
	g := newGraph(edges)
	w.s.Notef("Mutexes: %d, Edges: %d", len(g), len(edges))
	if w.dump != "" {
		if err := dump(w.dump, g, edges); err != nil {
			return err
		}
	}
	cycle := g.cycle()
	if cycle == nil {
		return nil
	}
	found, err := w.describe(cycle, edges)
	if err != nil {
		return err
	}
	if err := w.print(found); err != nil {
		return err
	}
	return errFound
}

func (w *watch) print(d *deadlock) error {
	if w.s.JSON {
		return w.s.Out.JSON(d)
	}
	return w.s.Out.Printf("%s", d.text())
}

// dump writes the graph as nodes and links.
func dump(path string, g graph, edges map[edge]taken) error {
	type node struct {
		ID string `json:"id"`
	}
	type link struct {
		Source string `json:"source"`
		Target string `json:"target"`
		TID    uint32 `json:"thread_pid"`
		Comm   string `json:"thread_comm"`
	}
	out := struct {
		Directed bool   `json:"directed"`
		Nodes    []node `json:"nodes"`
		Links    []link `json:"links"`
	}{true, []node{}, []link{}}
	for _, m := range g.mutexes() {
		out.Nodes = append(out.Nodes, node{m.String()})
		for _, next := range g[m] {
			t := edges[edge{m, next}]
			out.Links = append(out.Links, link{m.String(), next.String(), t.TID, t.Comm.String()})
		}
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("--dump-graph: %w", err)
	}
	return nil
}
