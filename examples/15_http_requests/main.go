// Command 15_http_requests prints each HTTP request that a server gets, at a
// static probe of the server. The one to try it with is server/server.c.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// program has two gaps: the numbers of the probe's arguments.
const program = `
#include <linux/sched.h>

struct request {
	u64 ns;
	u32 pid;
	char comm[TASK_COMM_LEN];
	char method[12];
	char url[128];
};
BPF_PERF_OUTPUT(requests);

int on_request(struct pt_regs *ctx)
{
	struct request r = {};
	char *method, *url;

	r.ns = bpf_ktime_get_ns();
	r.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&r.comm, sizeof(r.comm));
	bpf_usdt_readarg(%d, ctx, &method);
	bpf_usdt_readarg(%d, ctx, &url);
	bpf_probe_read_user_str(r.method, sizeof(r.method), method);
	bpf_probe_read_user_str(r.url, sizeof(r.url), url);
	requests.perf_submit(ctx, &r, sizeof(r));
	return 0;
}`

type request struct {
	NS     uint64
	PID    uint32
	Comm   bccgo.Comm
	Method [12]byte
	URL    [128]byte
}

// printable escapes what a terminal would obey: clients choose these texts.
func printable(text []byte) string {
	quoted := strconv.Quote(bccgo.CString(text))
	return quoted[1 : len(quoted)-1]
}

// place is a probe and the numbers of two of its arguments, from 1 on.
type place struct {
	probe       string
	method, url uint
}

func run(ctx context.Context, pid int, p place) error {
	probes, err := bccgo.NewUSDT(bccgo.USDTOptions{PID: pid})
	if err != nil {
		return err
	}
	defer probes.Close()
	if err := probes.EnableProbe(p.probe, "on_request"); err != nil {
		return err
	}
	m, err := bccgo.Load(fmt.Sprintf(program, p.method, p.url), &bccgo.Options{USDT: []*bccgo.USDT{probes}})
	if err != nil {
		return err
	}
	defer m.Close()

	requests := bccgo.Stream[request](m, "requests", &bccgo.StreamOptions{OrderBy: "ns"})
	if err := requests.Err(); err != nil {
		return err
	}
	log.Printf("Tracing %s of process %d; Ctrl-C ends it.", p.probe, pid)
	fmt.Printf("%-14s %-16s %-7s %-8s %s\n", "TIME(s)", "COMM", "PID", "METHOD", "URL")
	for r, err := range requests.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-14.6f %-16s %-7d %-8s %s\n", float64(r.NS)/1e9, r.Comm, r.PID, printable(r.Method[:]), printable(r.URL[:]))
	}
	return requests.Err()
}

func main() {
	log.SetFlags(0)
	app := &cli.App{
		Name:            "15_http_requests",
		Usage:           "print each HTTP request that a server gets",
		HideHelpCommand: true,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "p", Usage: "the server's process, `PID`"},
			&cli.DurationFlag{Name: "d", Usage: "end after this `TIME`, such as 10s"},
			&cli.StringFlag{Name: "probe", Value: "http_server:request__begin", Usage: "the probe that requests pass, `PROVIDER:NAME`"},
			&cli.UintFlag{Name: "method", Value: 2, Usage: "which argument of the probe is the method, `N` from 1 on"},
			&cli.UintFlag{Name: "url", Value: 3, Usage: "which one is the URL, `N`"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return fmt.Errorf("%q is too much: the server is named by its process, -p PID", c.Args().First())
			}
			if c.Int("p") <= 0 {
				return errors.New("name the server by its process: -p PID")
			}
			ctx, stop := signal.NotifyContext(c.Context, os.Interrupt)
			defer stop()
			if d := c.Duration("d"); d > 0 {
				time.AfterFunc(d, stop)
			}
			return run(ctx, c.Int("p"), place{c.String("probe"), c.Uint("method"), c.Uint("url")})
		},
	}
	if err := app.Run(os.Args); err != nil {
		log.Fatalf("15_http_requests: %v", err)
	}
}
