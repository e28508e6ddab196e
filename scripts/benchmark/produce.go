package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// produced is the producer's result.
type produced struct {
	NS int64 `json:"ns"`
}

// produce says that it is ready, waits for a byte, and calls getppid(2) as
// often as told, from one thread.
func produce(count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("number of calls: %w", err)
	}
	runtime.LockOSThread()
	fmt.Println("ready")
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return fmt.Errorf("wait for the start: %w", err)
	}
	begin := time.Now()
	for range n {
		syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
	}
	return json.NewEncoder(os.Stdout).Encode(produced{NS: time.Since(begin).Nanoseconds()})
}
