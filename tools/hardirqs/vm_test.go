package main

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/irqs/irqtest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// clock makes the machine's clock interrupt every second, n times.
func clock(t *testing.T, n int) {
	t.Helper()
	f, err := os.Open("/dev/rtc0")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetInt(int(f.Fd()), unix.RTC_UIE_ON, 0); err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := f.Read(make([]byte, 8)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.IoctlSetInt(int(f.Fd()), unix.RTC_UIE_OFF, 0); err != nil {
		t.Fatal(err)
	}
}

// Each handler ran as often as the kernel's own counts say, on all processors and on
// one.
func TestVM(t *testing.T) {
	testenv.VM(t)
	var w irqtest.Window
	w[0] = irqtest.Hard(t)
	totals := tooltest.Start(t, "hardirqs", "--json")
	second := tooltest.Start(t, "hardirqs", "-dN", "-c", "1", "--json")
	w[1] = irqtest.Hard(t)
	clock(t, 2)
	w[2] = irqtest.Hard(t)
	all := tooltest.StopNow(t, totals).Stdout
	one := tooltest.StopNow(t, second).Stdout
	w[3] = irqtest.Hard(t)
	got := irqtest.Numbers(t, irqtest.Totals(t, all))
	w.Check(t, got, -1)
	w.Check(t, irqtest.Histograms(t, one), 1)
	if got["rtc0"] < 2 {
		t.Errorf("the clock interrupted %d times", got["rtc0"])
	}
}

// Of what both see, the machine's clock does nothing but what the test asks for.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "hardirqs", "Hit Ctrl-C", "-C")
	ours := tooltest.Start(t, "hardirqs", "-C")
	clock(t, 3)
	time.Sleep(testenv.Timeout(time.Second))
	got := irqtest.Rows(t, tooltest.StopNow(t, ours).Stdout)
	want := irqtest.Rows(t, tooltest.StopTheirs(t, theirs))
	c.Row("heading", got["HARDIRQ"], want["HARDIRQ"])
	c.Row("the clock", got["rtc0"], want["rtc0"])
	c.Explained("TOTAL_count of others", "disks and terminals go on interrupting between the starts and the ends of both tools")
}
