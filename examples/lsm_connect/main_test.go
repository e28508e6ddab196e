package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// dial connects to an address; what is denied is syscall.EPERM.
func dial(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// listen opens a server on a loopback address, and returns its address.
func listen(t *testing.T, ip string) string {
	t.Helper()
	l, err := net.Listen("tcp4", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestVMDenies(t *testing.T) {
	testenv.VM(t)
	denied, open := listen(t, "127.0.0.9"), listen(t, "127.0.0.10")
	if err := dial(denied); err != nil {
		t.Fatal(err)
	}
	p := testenv.Start(t, testenv.Tool(t, "lsm_connect"), "127.0.0.9")
	p.Await("Ctrl-C ends it", time.Minute)
	for _, addr := range []string{denied, "127.0.0.9:1"} {
		if err := dial(addr); !errors.Is(err, syscall.EPERM) {
			t.Errorf("connect to %s: %v", addr, err)
		}
	}
	if err := dial(open); err != nil {
		t.Errorf("the address beside it: %v", err)
	}
	p.Await(`127\.0\.0\.9:1$`, 10*time.Second)
	result := p.Stop()
	if result.ExitCode != 0 {
		t.Errorf("Ctrl-C: %v", result)
	}
	var tried []string
	for _, row := range regexp.MustCompile(fmt.Sprintf(`(?m)^%-7d \S+ +(\S+)$`, os.Getpid())).FindAllStringSubmatch(result.Stdout, -1) {
		tried = append(tried, row[1])
	}
	if want := []string{denied, "127.0.0.9:1"}; !slices.Equal(tried, want) {
		t.Errorf("printed %q, want %q", tried, want)
	}
	if err := dial(denied); err != nil {
		t.Errorf("it has ended, and %v", err)
	}
}

// TestSaysWhatIsMissing runs it where there are no such programs, and with what is
// no address.
func TestSaysWhatIsMissing(t *testing.T) {
	testenv.Live(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "lsm_connect"), "::1")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, "one IPv4 address") {
		t.Errorf("an IPv6 address: %v", result)
	}
	if bccgo.SupportLSM() == nil {
		return
	}
	result = testenv.Run(t, time.Minute, testenv.Tool(t, "lsm_connect"), "-d", "1s", "192.0.2.1")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, "security (LSM) programs are not available") {
		t.Errorf("without security hooks: %v", result)
	}
}
