package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// deadlock is a cycle; its fields are the JSON object's.
type deadlock struct {
	// Mutexes are those of the cycle, each taken while the one before was held,
	// the first while the last was.
	Mutexes []string `json:"mutexes"`
	// Names are those of the variables they are in, "" for others.
	Names   []string  `json:"names"`
	Steps   []step    `json:"steps"`
	Threads []creator `json:"threads,omitempty"`
}

// step is how a mutex was taken while another was held.
type step struct {
	Held      string   `json:"held"`
	Taken     string   `json:"taken"`
	TID       uint32   `json:"tid"`
	Comm      string   `json:"comm"`
	HeldFrom  []string `json:"held_from"`
	TakenFrom []string `json:"taken_from"`

	heldFrames, takenFrames []bccgo.Frame
}

// creator is where a thread was created.
type creator struct {
	TID   uint32   `json:"tid"`
	Comm  string   `json:"comm"`
	By    uint32   `json:"created_by"`
	ByOf  string   `json:"created_by_comm"`
	Stack []string `json:"stack"`

	frames []bccgo.Frame
}

// symbolForm is how frames are shown.
var symbolForm = &bccgo.SymOptions{Offset: true, Module: true}

// String is the address; with how often a mutex was made there before, if it was.
func (m mutex) String() string {
	if m.Life == 0 {
		return fmt.Sprintf("0x%016x", m.Address)
	}
	return fmt.Sprintf("0x%016x#%d", m.Address, m.Life)
}

// describe finds out all about a cycle.
func (w *watch) describe(cycle []mutex, edges map[edge]taken) (*deadlock, error) {
	d := &deadlock{}
	seen := map[uint32]bool{}
	for i, m := range cycle {
		next := cycle[(i+1)%len(cycle)]
		t := edges[edge{m, next}]
		st := step{Held: m.String(), Taken: next.String(), TID: t.TID, Comm: t.Comm.String()}
		var errs [2]error
		st.heldFrames, errs[0] = w.stacks.Frames(t.First, w.pid)
		st.takenFrames, errs[1] = w.stacks.Frames(t.Then, w.pid)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, err
		}
		st.HeldFrom, st.TakenFrom = bccgo.FrameNames(st.heldFrames, symbolForm), bccgo.FrameNames(st.takenFrames, symbolForm)
		d.Mutexes, d.Steps = append(d.Mutexes, st.Held), append(d.Steps, st)
		d.Names = append(d.Names, globalName(w.pid, m.Address))
		if !seen[t.TID] {
			seen[t.TID] = true
			if err := w.addCreator(d, t); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// addCreator tells where a thread comes from, if that was seen.
func (w *watch) addCreator(d *deadlock, t taken) error {
	c, err := w.creations.Lookup(t.TID)
	if errors.Is(err, bccgo.ErrKeyNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	frames, err := w.stacks.Frames(c.Stack, w.pid)
	if err != nil {
		return err
	}
	d.Threads = append(d.Threads, creator{t.TID, t.Comm.String(), c.TID, c.Comm.String(), bccgo.FrameNames(frames, symbolForm), frames})
	return nil
}

// text is the report for people.
func (d *deadlock) text() string {
	var b strings.Builder
	names := map[string]string{}
	for i, m := range d.Mutexes {
		names[m] = fmt.Sprintf("Mutex M%d (%s)", i, strings.TrimSpace(d.Names[i]+" "+m))
	}
	b.WriteString("----------------\nPotential Deadlock Detected!\n\nCycle in lock order graph: ")
	for _, m := range d.Mutexes {
		b.WriteString(names[m] + " => ")
	}
	b.WriteString(names[d.Mutexes[0]] + "\n")
	for _, st := range d.Steps {
		thread := fmt.Sprintf("Thread %d (%s)", st.TID, toolkit.Printable(st.Comm))
		fmt.Fprintf(&b, "\n%s acquired here while holding %s in %s:\n", names[st.Taken], names[st.Held], thread)
		writeFrames(&b, st.takenFrames)
		fmt.Fprintf(&b, "\n%s acquired before that by the same thread here:\n", names[st.Held])
		writeFrames(&b, st.heldFrames)
	}
	for _, c := range d.Threads {
		fmt.Fprintf(&b, "\nThread %d (%s) was created by Thread %d (%s) here:\n", c.TID, toolkit.Printable(c.Comm), c.By, toolkit.Printable(c.ByOf))
		writeFrames(&b, c.frames)
	}
	return b.String()
}

func writeFrames(b *strings.Builder, frames []bccgo.Frame) {
	if len(frames) == 0 {
		b.WriteString("@ [unknown: no room for another stack]\n")
	}
	for _, f := range frames {
		fmt.Fprintf(b, "@ %016x %s\n", f.Addr, toolkit.Printable(f.Format(symbolForm)))
	}
}
