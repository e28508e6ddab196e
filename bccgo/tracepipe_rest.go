package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"

	"golang.org/x/sys/unix"
)

// Rest yields the trace lines that are in the pipe already, and ends where a
// reader would have to wait: what was printed before a program was detached,
// for instance. It ends only if the pipe is read faster than it fills.
func (p *TracePipe) Rest() iter.Seq2[TraceLine, error] {
	return func(yield func(TraceLine, error) bool) {
		for {
			line, ok, err := p.TryFields()
			if err != nil {
				yield(TraceLine{}, err)
				return
			}
			if !ok || !yield(line, nil) {
				return
			}
		}
	}
}

// TryFields is Fields that does not wait: ok is false if no trace line is there,
// or another goroutine waits for it.
func (p *TracePipe) TryFields() (line TraceLine, ok bool, err error) {
	for {
		text, ok, err := p.TryReadLine()
		if !ok || err != nil {
			return TraceLine{}, false, err
		}
		if parsed, ok := p.parse(text); ok {
			return parsed, true, nil
		}
	}
}

// TryReadLine is ReadLine that does not wait: ok is false if no line is there,
// or another goroutine waits for it.
func (p *TracePipe) TryReadLine() (line string, ok bool, err error) {
	select {
	case p.turn <- struct{}{}:
		defer p.endTurn()
	default:
		return "", false, nil
	}
	for {
		if end := bytes.IndexByte(p.unread, '\n'); end >= 0 {
			return p.take(end, 1), true, nil
		}
		if n, err := p.fillNow(); err != nil {
			return "", false, fmt.Errorf("read trace pipe: %w", err)
		} else if n == 0 {
			return "", false, nil
		}
	}
}

// fillNow reads what there is, 0 bytes if nothing.
func (p *TracePipe) fillNow() (int, error) {
	conn, err := p.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var readErr error
	err = conn.Read(func(fd uintptr) bool {
		for {
			if n, readErr = unix.Read(int(fd), p.chunk); !errors.Is(readErr, unix.EINTR) {
				return true // never wait
			}
		}
	})
	if err != nil { // there is no deadline now, so the file is closed
		return 0, fmt.Errorf("%w: %w", os.ErrClosed, err)
	}
	n = max(n, 0)
	p.unread = append(p.unread, p.chunk[:n]...)
	if errors.Is(readErr, unix.EAGAIN) {
		readErr = nil
	}
	return n, readErr
}

// parse splits a line into fields. It reports false, and counts, where it has
// none.
func (p *TracePipe) parse(line string) (TraceLine, bool) {
	parsed, err := ParseTraceLine(line)
	if err == nil {
		return parsed, true
	}
	if _, lost := parseLost(line); !lost && line != "" {
		p.skipped.Add(1)
	}
	return TraceLine{}, false
}
