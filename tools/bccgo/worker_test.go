package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// workerEnv makes this test binary a worker.
const workerEnv = "BCCGO_TEST_WORKER"

// workerComm is the worker's name in the kernel.
const workerComm = "bccgo-worker"

// init keeps the worker's calls on the main thread, whose id is the process's.
func init() {
	if os.Getenv(workerEnv) != "" {
		runtime.LockOSThread()
	}
}

// work makes as many calls of getpgid as each line of its input says, the
// first half of them of process 0, the others of itself.
func work() {
	if err := os.WriteFile("/proc/self/comm", []byte(workerComm), 0); err != nil {
		panic(err)
	}
	total := 0
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		n, err := strconv.Atoi(in.Text())
		if err != nil {
			panic(err)
		}
		for i := range n {
			pid := 0
			if i >= n/2 {
				pid = os.Getpid()
			}
			if _, err := syscall.Getpgid(pid); err != nil {
				panic(err)
			}
		}
		total += n
		fmt.Println("made", total)
	}
}

// worker is a child whose system calls the tests look at.
type worker struct {
	*testenv.Proc
	orders *os.File
	total  int // calls ordered so far
}

func startWorker(t *testing.T) *worker {
	t.Helper()
	in, orders, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	t.Cleanup(func() { orders.Close() })
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), workerEnv+"=1")
	cmd.Stdin = in
	return &worker{testenv.StartCmd(t, cmd), orders, 0}
}

// call lets the worker call getpgid n times.
func (w *worker) call(t *testing.T, n int) {
	t.Helper()
	if _, err := fmt.Fprintln(w.orders, n); err != nil {
		t.Fatal(err)
	}
	w.total += n
	w.Await(fmt.Sprintf("^made %d$", w.total), 30*time.Second)
}

// define is the -D that gives a program the worker's pid.
func (w *worker) define() string { return fmt.Sprintf("-DPID=%d", w.Pid()) }

// keepOnOneCPU makes all of the worker's calls come from one processor, and so
// go into one buffer.
func (w *worker) keepOnOneCPU(t *testing.T) {
	t.Helper()
	var old, one unix.CPUSet
	if err := unix.SchedGetaffinity(w.Pid(), &old); err != nil {
		t.Fatal(err)
	}
	for cpu := 0; one.Count() == 0; cpu++ {
		if old.IsSet(cpu) {
			one.Set(cpu)
		}
	}
	if err := unix.SchedSetaffinity(w.Pid(), &one); err != nil {
		t.Fatal(err)
	}
}
