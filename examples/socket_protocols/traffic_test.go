package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// sendUDP sends n datagrams to a socket that takes them.
func sendUDP(n, size int) error {
	to, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer to.Close()
	from, err := net.Dial("udp4", to.LocalAddr().String())
	if err != nil {
		return err
	}
	defer from.Close()
	for range n {
		if _, err := from.Write(make([]byte, size)); err != nil {
			return err
		}
	}
	return nil
}

// ping sends n echo requests, to each of which the kernel replies.
func ping(n, size int) error {
	conn, err := net.Dial("ip4:icmp", "127.0.0.1")
	if err != nil {
		return err
	}
	defer conn.Close()
	for range n {
		// Type 8, code 0; with all else zero the checksum is what makes up
		// for the type.
		echo := make([]byte, 8+size)
		echo[0] = 8
		binary.BigEndian.PutUint16(echo[2:], 0xffff-0x0800)
		if _, err := conn.Write(echo); err != nil {
			return err
		}
	}
	return nil
}

// sendTCP sends size bytes over one connection and waits until they arrived.
func sendTCP(size int) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	from, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := l.Accept()
	if err != nil {
		return err
	}
	defer to.Close()
	written := make(chan error)
	go func() {
		_, err := from.Write(make([]byte, size))
		written <- err
	}()
	if _, err := io.ReadFull(to, make([]byte, size)); err != nil {
		return err
	}
	return <-written
}

// loopbackBytes reads how many bytes the loopback device of this thread's
// network namespace has received, without Ethernet headers.
func loopbackBytes() (received uint64, err error) {
	f, err := os.Open("/proc/thread-self/net/dev")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "lo:"); ok {
			_, err := fmt.Sscan(rest, &received)
			return received, err
		}
	}
	return 0, fmt.Errorf("no device lo in %s", f.Name())
}
