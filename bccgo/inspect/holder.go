package inspect

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// Holder is a file descriptor of a process that keeps an object.
type Holder struct {
	PID  int    `json:"pid"`
	Comm string `json:"comm"`
	FD   int    `json:"fd"`
	// Kind is what is held: "program", "table", "link", "types" or "event".
	Kind string `json:"kind"`
	// ID is the object's number, that of the program for an event; 0 if the
	// kernel does not tell.
	ID uint32 `json:"id"`
	// Event is the place of an event.
	Event *Event `json:"event,omitempty"`
}

// Event is a place that a program is attached to by a perf event.
type Event struct {
	// Kind is "tracepoint", "kprobe", "kretprobe", "uprobe" or "uretprobe".
	Kind string `json:"kind"`
	// Target is the tracepoint, the function, or the file with the offset.
	Target string `json:"target"`
}

// kinds are the objects by what their descriptors are called.
var kinds = []struct{ file, kind, field string }{
	{"bpf-prog", "program", "prog_id:"},
	{"bpf-map", "table", "map_id:"},
	{"bpf_link", "link", "link_id:"},
	{"bpf-link", "link", "link_id:"},
	{"btf", "types", "btf_id:"},
	{"perf_event", "event", ""},
}

// Holders lists the descriptors of all processes that can be looked into, by
// process. Pinned objects, and those that a link or another object holds, may
// have none. Perf events without a program are left out.
func Holders() ([]Holder, error) {
	if err := bccgo.CheckPrivilege(); err != nil {
		return nil, fmt.Errorf("list who holds programs: %w", err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var all []Holder
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		held, err := HoldersOf(pid)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
			return all, err
		}
		all = append(all, held...)
	}
	slices.SortStableFunc(all, func(a, b Holder) int { return a.PID - b.PID })
	return all, nil
}

// HoldersOf is Holders of one process. One that has ended is fs.ErrNotExist.
func HoldersOf(pid int) ([]Holder, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	entries, err := os.ReadDir(dir + "fd")
	if err != nil {
		return nil, fmt.Errorf("list what process %d holds: %w", pid, err)
	}
	comm, err := os.ReadFile(dir + "comm")
	if err != nil {
		return nil, fmt.Errorf("list what process %d holds: %w", pid, err)
	}
	var held []Holder
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		h := Holder{PID: pid, Comm: strings.TrimSuffix(string(comm), "\n"), FD: fd}
		// A descriptor that was closed meanwhile is not held.
		if h.find(dir) {
			held = append(held, h)
		}
	}
	slices.SortFunc(held, func(a, b Holder) int { return a.FD - b.FD })
	return held, nil
}

// find tells whether the descriptor is an object's, and which.
func (h *Holder) find(dir string) bool {
	file, err := os.Readlink(filepath.Join(dir, "fd", strconv.Itoa(h.FD)))
	name, anonymous := strings.CutPrefix(file, "anon_inode:")
	if err != nil || !anonymous {
		return false
	}
	name = strings.Trim(name, "[]")
	for _, k := range kinds {
		if name != k.file {
			continue
		}
		h.Kind = k.kind
		if k.kind == "event" {
			return h.findEvent()
		}
		h.ID = numberIn(filepath.Join(dir, "fdinfo", strconv.Itoa(h.FD)), k.field)
		return true
	}
	return false
}

// numberIn is the number of a field of fdinfo, 0 if it is not there.
func numberIn(path, field string) uint32 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		if rest, found := strings.CutPrefix(s.Text(), field); found {
			n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 32)
			if err != nil {
				return 0
			}
			return uint32(n)
		}
	}
	return 0
}

// eventKinds are names of sysbpf's.
var eventKinds = []string{"raw tracepoint", "tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"}

func (h *Holder) findEvent() bool {
	e, err := sysbpf.EventOf(h.PID, h.FD)
	if err != nil || int(e.Kind) >= len(eventKinds) {
		return false // without a program, or closed
	}
	h.ID = e.Program
	target := e.Name
	if e.Kind >= sysbpf.EventKprobe {
		target = place(e.Name, e.Offset, e.Address)
	}
	h.Event = &Event{eventKinds[e.Kind], target}
	return true
}

// place is a function or file with an offset, or an address.
func place(name string, offset, address uint64) string {
	switch {
	case name == "":
		return fmt.Sprintf("%#x", address)
	case offset == 0:
		return name
	}
	return fmt.Sprintf("%s+%#x", name, offset)
}
