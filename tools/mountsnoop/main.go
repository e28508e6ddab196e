// Mountsnoop prints every system call that changes what is mounted where.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/fscalls"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	t := &fscalls.Tracer{Calls: traced(), Mounts: true}
	own := []cli.Flag{
		&cli.BoolFlag{Name: "parent_process", Aliases: []string{"P"}, Usage: "print the parent process, too", Destination: &t.Parents},
	}
	return &toolkit.Tool{
		Name:        "mountsnoop",
		Usage:       "trace mounts",
		Description: "Prints a line for each mount and umount, and for the calls that newer programs make\nin their place: fsopen, fspick, fsconfig, fsmount, open_tree and move_mount; also\nfor pivot_root.",
		Examples: []string{
			"mountsnoop                     # those of all processes",
			"mountsnoop -P                  # with the processes' parents",
			"mountsnoop --mntnsmap /sys/fs/bpf/mine # those in mount namespaces of a pinned map",
		},
		Flags: append(own, t.Flags()...),
		Run: func(ctx context.Context, s *toolkit.Session) error {
			p := &printer{s: s, parents: t.Parents}
			return t.Run(ctx, s, p.heading, p.print)
		},
	}
}
