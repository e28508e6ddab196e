package main

import (
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// send sends packets over the loopback from one of its addresses.
func send(t *testing.T, from string, packets int) {
	t.Helper()
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.ParseIP(from)}, sink.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range packets {
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWarnsOfFloods(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedHeaders(t)
	p := testenv.Start(t, testenv.Tool(t, "dddos"), "-n", "50")
	p.Await("Ctrl-C ends it", time.Minute)

	send(t, "127.0.0.2", 49)
	send(t, "127.0.0.3", 80)
	send(t, "127.0.0.4", 30)
	time.Sleep(1100 * time.Millisecond)
	send(t, "127.0.0.4", 30) // in another second
	send(t, "127.0.0.5", 50)
	p.Await(` 127\.0\.0\.5 `, 10*time.Second)

	result := p.Stop()
	row := `\d\d:\d\d:\d\d %s +50 within \d{1,3} ms\n`
	want := regexp.MustCompile(`^TIME     FROM            PACKETS\n` +
		strings.ReplaceAll(row, "%s", `127\.0\.0\.3`) + strings.ReplaceAll(row, "%s", `127\.0\.0\.5`) + `$`)
	if result.ExitCode != 0 || !want.MatchString(result.Stdout) {
		t.Errorf("does not match %v: %v", want, result)
	}
}

func TestRefusesNoLimit(t *testing.T) {
	testenv.Live(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "dddos"), "-n", "0")
	if result.ExitCode != 1 || !strings.Contains(result.Stderr, "-n 0") {
		t.Errorf("%v", result)
	}
}
