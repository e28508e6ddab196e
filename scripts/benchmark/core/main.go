// Command core loads a CO-RE object with cilium/ebpf, as a contender of
// scripts/bench: what starting costs when nothing is left to compile.
//
//	core hello OBJECT PID
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/perf"
)

// bufferSize is that of bccgo's default on a host with up to 8 processors.
const bufferSize = 1 << 20

func hello(path, pid string) error {
	spec, err := ebpf.LoadCollectionSpec(path)
	if err != nil {
		return err
	}
	producer, err := strconv.ParseInt(pid, 10, 32)
	if err != nil {
		return err
	}
	if err := spec.Variables["producer"].Set(int32(producer)); err != nil {
		return err
	}
	c, err := ebpf.NewCollection(spec)
	if err != nil {
		return err
	}
	defer c.Close()
	l, err := link.Tracepoint("syscalls", "sys_enter_getppid", c.Programs["hello"], nil)
	if err != nil {
		return err
	}
	defer l.Close()
	r, err := perf.NewReader(c.Maps["events"], bufferSize)
	if err != nil {
		return err
	}
	defer r.Close()
	fmt.Println("ready")
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return err
	}
	fmt.Println("{}")
	return nil
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("core: ")
	if len(os.Args) != 4 || os.Args[1] != "hello" {
		log.Fatal("usage: core hello OBJECT PID")
	}
	if err := hello(os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
