package main

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
)

// resolver reads DNS answers as they pass through this network namespace.
type resolver struct {
	socket *bccgo.RawSocket
	raw    syscall.RawConn

	mu    sync.Mutex
	names *names
	buf   []byte
	done  chan error
	// closing tells that the end of the reading is wanted.
	closing atomic.Bool
}

// maxPacket is the size of the largest IP packet with a link header before it.
const maxPacket = 65535 + 64

// newResolver starts reading; Close ends it.
func newResolver(m *bccgo.Module) (*resolver, error) {
	socket, err := m.AttachRawSocket("", "dns_answers")
	if err != nil {
		return nil, fmt.Errorf("--dns: %w", err)
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--dns: %w", err), socket.Close())
	}
	r := &resolver{socket: socket, raw: raw, names: newNames(), buf: make([]byte, maxPacket), done: make(chan error, 1)}
	go r.read()
	return r, nil
}

// read takes packets as they come until the socket is closed.
func (r *resolver) read() {
	var failed error
	err := r.raw.Read(func(fd uintptr) bool {
		failed = r.drain(int(fd))
		return failed != nil
	})
	if r.closing.Load() {
		err = nil
	}
	r.done <- errors.Join(failed, err)
}

// drain takes what has arrived.
func (r *resolver) drain(fd int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		n, from, err := unix.Recvfrom(fd, r.buf, unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN):
			// A device that went down tells so once.
			continue
		case err != nil:
			return fmt.Errorf("read DNS answers: %w", err)
		}
		r.take(r.buf[:n], from)
	}
}

func (r *resolver) take(packet []byte, from unix.Sockaddr) {
	// Tunnels have no link header.
	if ll, ok := from.(*unix.SockaddrLinklayer); ok && (ll.Hatype == unix.ARPHRD_ETHER || ll.Hatype == unix.ARPHRD_LOOPBACK) {
		packet = packet[min(etherHeader, len(packet)):]
	}
	payload, ok := udpPayload(packet)
	if !ok {
		return
	}
	if a, ok := parseAnswer(payload); ok {
		r.names.add(a, time.Now())
	}
}

// find is names.find. Answers that came before the call are known to it.
func (r *resolver) find(addr netip.Addr, at time.Time) (string, time.Duration, error) {
	var failed error
	if err := r.raw.Control(func(fd uintptr) { failed = r.drain(int(fd)) }); err != nil {
		return "", 0, fmt.Errorf("read DNS answers: %w", err)
	}
	if failed != nil {
		return "", 0, failed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	text, age := r.names.find(addr, at)
	return text, age, nil
}

// Close ends the reading and returns the error that ended it before, if any.
func (r *resolver) Close() error {
	r.closing.Store(true)
	err := r.socket.Close()
	return errors.Join(err, <-r.done)
}
