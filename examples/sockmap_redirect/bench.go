package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	chunk   = 64 << 10 // bytes a write, for throughput
	message = 64       // bytes a message, for latency
)

// figures are what one way between two sockets achieves.
type figures struct {
	throughput float64 // bytes a second
	median     time.Duration
	slow       time.Duration // 99 of 100 round trips take less
}

// bench compares plain loopback with redirected messages, in one process and run.
func bench(ctx context.Context, group string, d time.Duration) error {
	if d == 0 {
		d = 3 * time.Second
	}
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte("0"), 0); err != nil {
		return fmt.Errorf("join the control group: %w", err)
	}
	plain, err := measure(ctx, d)
	if err != nil {
		return err
	}
	m, err := start(group)
	if err != nil {
		return err
	}
	defer m.Close()
	redirected, err := measure(ctx, d)
	if err != nil {
		return err
	}
	sum, err := total(m)
	if err != nil {
		return err
	}
	fmt.Printf("%-12s %12s %14s %14s\n", "WAY", "MB/s", "RTT MEDIAN", "RTT 99 %")
	for _, f := range []struct {
		way string
		figures
	}{{"loopback", plain}, {"redirected", redirected}} {
		fmt.Printf("%-12s %12.0f %14v %14v\n", f.way, f.throughput/1e6, f.median, f.slow)
	}
	fmt.Printf("%d messages were redirected, %d were not\n", sum.Messages, sum.Passed)
	return nil
}

func measure(ctx context.Context, d time.Duration) (f figures, err error) {
	client, server, err := connect()
	if err != nil {
		return f, err
	}
	defer client.Close()
	defer server.Close()
	defer context.AfterFunc(ctx, func() { client.Close(); server.Close() })()
	if f.median, f.slow, err = latency(client, server, d); err != nil {
		return f, err
	}
	f.throughput, err = throughput(client, server, d)
	return f, err
}

// connect makes a connection over the loopback device.
func connect() (client, server net.Conn, err error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if client, err = net.Dial("tcp4", l.Addr().String()); err != nil {
		return nil, nil, err
	}
	if server, err = l.Accept(); err != nil {
		client.Close()
		return nil, nil, err
	}
	return client, server, nil
}

// latency sends a message there and back, again and again.
func latency(client, server net.Conn, d time.Duration) (median, slow time.Duration, err error) {
	echoed := make(chan error, 1)
	end := make([]byte, message)
	end[0] = 1
	go func() { echoed <- echo(server) }()
	var times []time.Duration
	there := make([]byte, message)
	back := make([]byte, message)
	for began := time.Now(); time.Since(began) < d; {
		sent := time.Now()
		if _, err = client.Write(there); err != nil {
			break
		}
		if _, err = io.ReadFull(client, back); err != nil {
			break
		}
		times = append(times, time.Since(sent))
	}
	_, endErr := client.Write(end)
	if err = errors.Join(err, endErr, <-echoed); err != nil {
		return 0, 0, err
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*99/100], nil
}

// echo sends messages back until one begins with a 1.
func echo(conn net.Conn) error {
	b := make([]byte, message)
	for {
		if _, err := io.ReadFull(conn, b); err != nil || b[0] == 1 {
			return err
		}
		if _, err := conn.Write(b); err != nil {
			return err
		}
	}
}

// throughput sends as much as it can, and closes the client's end.
func throughput(client, server net.Conn, d time.Duration) (bytesPerSecond float64, err error) {
	sent := make(chan error, 1)
	began := time.Now()
	go func() {
		b := make([]byte, chunk)
		var err error
		for err == nil && time.Since(began) < d {
			_, err = client.Write(b)
		}
		sent <- errors.Join(err, client.Close())
	}()
	b := make([]byte, chunk)
	var n int64
	for err == nil {
		var got int
		got, err = server.Read(b)
		n += int64(got)
	}
	took := time.Since(began)
	if err == io.EOF {
		err = nil
	}
	return float64(n) / took.Seconds(), errors.Join(err, <-sent)
}
