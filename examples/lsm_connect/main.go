// Command lsm_connect denies every process of this machine connections to one
// IPv4 address, and prints who tried.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// LSM_PROBE names a security hook. Its function has the hook's arguments and,
// after them, what functions before it said. Below 0 the operation is denied.
const program = `
#include <linux/errno.h>
#include <linux/socket.h>
#include <linux/in.h>
#include <linux/sched.h>

struct attempt_t {
	u32 pid;
	u16 port;
	char comm[TASK_COMM_LEN];
};
BPF_RINGBUF_OUTPUT(attempts, 8);

LSM_PROBE(socket_connect, struct socket *sock, struct sockaddr *address, int len, int ret)
{
	struct sockaddr_in *to = (struct sockaddr_in *)address;
	struct attempt_t attempt = {};

	if (ret)
		return ret;
	if (address->sa_family != AF_INET || to->sin_addr.s_addr != DENIED)
		return 0;
	attempt.pid = bpf_get_current_pid_tgid() >> 32;
	attempt.port = ntohs(to->sin_port);
	bpf_get_current_comm(attempt.comm, sizeof(attempt.comm));
	attempts.ringbuf_output(&attempt, sizeof(attempt), 0);
	return -EPERM;
}`

type attempt struct {
	PID  uint32
	Port uint16
	Comm bccgo.Comm
	_    [2]byte
}

func run(ctx context.Context, denied netip.Addr) error {
	four := denied.As4()
	m, err := bccgo.Load(program, &bccgo.Options{
		NoAutoAttach: true, // until somebody reads what it finds
		Defines:      map[string]string{"DENIED": fmt.Sprint(binary.NativeEndian.Uint32(four[:]))},
	})
	if err != nil {
		return err
	}
	defer m.Close()
	attempts := bccgo.Stream[attempt](m, "attempts", nil)
	defer attempts.Close()
	if err := m.AutoAttach(); err != nil {
		return err
	}

	log.Printf("Denying connections to %v; Ctrl-C ends it.", denied)
	fmt.Printf("%-7s %-16s %s\n", "PID", "TASK", "DENIED")
	for a, err := range attempts.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-7d %-16v %v\n", a.PID, a.Comm, netip.AddrPortFrom(denied, a.Port))
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: lsm_connect [-d TIME] ADDRESS")
		flag.PrintDefaults()
	}
	flag.Parse()
	log.SetFlags(0)

	denied, err := netip.ParseAddr(flag.Arg(0))
	if err != nil || !denied.Is4() || flag.NArg() != 1 {
		log.Fatalf("lsm_connect takes one IPv4 address, not %q", flag.Args())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, denied); err != nil {
		log.Fatal(err)
	}
}
