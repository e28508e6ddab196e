package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// TestShowsHypercalls runs a machine in the emulated one, whose processor is one
// of AMD's.
func TestShowsHypercalls(t *testing.T) {
	testenv.VM(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracefs(t)
	testenv.NeedProgram(t, "gcc")
	if out, err := exec.Command("modprobe", "kvm_amd").CombinedOutput(); err != nil {
		t.Fatalf("modprobe kvm_amd: %v\n%s", err, out)
	}
	p := testenv.Start(t, testenv.Tool(t, "kvm_hypercall"))
	p.Await("Ctrl-C ends it", time.Minute)

	machine := activity.StartC(t, guest)
	for _, line := range []string{"1000 1 2", "1001 11 4294967295"} {
		if answer := machine.Tell(line); answer != "halted" {
			t.Fatalf("the machine: %s", answer)
		}
	}
	p.Await(` 1001 `, 10*time.Second)

	result := p.Stop()
	row := `\d\d:\d\d:\d\d %-7d 0x81   %-6d +\d+\.\d  \[0x%%x 0x%%x 0x3 0x4\]\n`
	row = strings.ReplaceAll(row, "%%", "%")
	want := regexp.MustCompile(`^TIME     PID     EXIT   CALL       USECS  ARGUMENTS\n` +
		fmt.Sprintf(row, machine.Pid(), 1000, 1, 2) + fmt.Sprintf(row, machine.Pid(), 1001, 11, uint32(0xffffffff)) + `$`)
	if result.ExitCode != 0 || !want.MatchString(result.Stdout) {
		t.Errorf("does not match %v: %v", want, result)
	}
}

func TestWithoutKVM(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	exists, err := bccgo.TracepointExists("kvm", "kvm_hypercall")
	if err != nil {
		t.Fatal(err)
	}
	if exists {
		t.Skip("this kernel has the tracepoint kvm:kvm_hypercall: KVM is loaded")
	}
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "kvm_hypercall"))
	if result.ExitCode != 1 || result.Stdout != "" || !strings.Contains(result.Stderr, "modprobe kvm_intel or modprobe kvm_amd") {
		t.Errorf("%v", result)
	}
}
