package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// TracepointExists reports whether the kernel has the tracepoint event of
// category. The error is a *TracefsError where the list cannot be read.
func (k *Kernel) TracepointExists(category, event string) (bool, error) {
	_, err := k.TracepointFormat(category, event)
	var unknown *UnknownError
	if errors.As(err, &unknown) {
		return false, nil
	}
	return err == nil, err
}

// TracepointFormat returns the text of a tracepoint's format file, which
// ParseFormat reads. The error is an *UnknownError for a tracepoint the
// kernel lacks and a *TracefsError where tracefs cannot be read.
func (k *Kernel) TracepointFormat(category, event string) (string, error) {
	return k.readTracepoint(category, event, "format")
}

// TracepointID returns the number perf_event_open(2) knows a tracepoint by.
// It differs between boots. Errors are as for TracepointFormat.
func (k *Kernel) TracepointID(category, event string) (uint64, error) {
	text, err := k.readTracepoint(category, event, "id")
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("id of tracepoint %s:%s: %w", category, event, err)
	}
	return id, nil
}

func (k *Kernel) readTracepoint(category, event, file string) (string, error) {
	name := category + ":" + event
	if !isPathPart(category) || !isPathPart(event) {
		return "", &UnknownError{Kind: "tracepoint", Name: name}
	}
	text, err := k.readTracefs("events/" + category + "/" + event + "/" + file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", k.unknownTracepoint(category, event)
	}
	if err != nil {
		return "", fmt.Errorf("tracepoint %s: %w", name, err)
	}
	return text, nil
}

// isPathPart reports whether s is the name of one file, so that a path made
// with it stays in its directory.
func isPathPart(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/\x00")
}

// unknownTracepoint offers the same event of another category before names
// that are merely similar.
func (k *Kernel) unknownTracepoint(category, event string) error {
	name := category + ":" + event
	unknown := &UnknownError{Kind: "tracepoint", Name: name}
	all, err := k.Tracepoints()
	if err != nil {
		return fmt.Errorf("%w (and no list to compare with: %w)", unknown, err)
	}
	for _, other := range all {
		if strings.HasSuffix(other, ":"+event) {
			unknown.Nearest = append(unknown.Nearest, other)
		}
	}
	for _, other := range nearest.In(name, all, nearestNames) {
		if !slices.Contains(unknown.Nearest, other) {
			unknown.Nearest = append(unknown.Nearest, other)
		}
	}
	unknown.Nearest = unknown.Nearest[:min(nearestNames, len(unknown.Nearest))]
	return unknown
}

// Tracepoints lists every tracepoint as "category:event", sorted. The error
// is a *TracefsError where the list cannot be read.
func (k *Kernel) Tracepoints() ([]string, error) {
	text, err := k.readTracefs("available_events")
	if err != nil {
		return nil, fmt.Errorf("list tracepoints: %w", err)
	}
	names := strings.Fields(text)
	slices.Sort(names)
	return names, nil
}
