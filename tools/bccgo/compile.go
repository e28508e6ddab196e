package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

func compileCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "compile",
		Usage:     "store a compiled program as a bundle",
		UsageText: "bccgo compile [OPTION]... [-o BUNDLE] FILE.c",
		Description: `Writes a bundle, which run, check and the library load on a host with the
same kernel, without libbcc and kernel headers there. Needs no privilege.

EXAMPLES:
  bccgo compile trace.c                         writes trace.bundle
  bccgo compile -o /srv/t.bundle -D PID=1 trace.c
  bccgo compile --target debian12/ trace.c      for the kernel described there

` + exitHelp,
		Flags: append(compileFlags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `BUNDLE` instead of FILE.bundle"},
			&cli.StringFlag{Name: "serve", Hidden: true, Usage: "compile the requests put into `DIR` until interrupted"}),
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			con.quiet(c)
			if dir := c.String("serve"); dir != "" {
				return serve(c.Context, dir)
			}
			return con.store(c)
		},
	}
}

// store compiles one file and writes its bundle.
func (con *console) store(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("compile takes one C file, got %d; see bccgo help compile", c.NArg())
	}
	o, err := compileOptions(c)
	if err != nil {
		return err
	}
	p, err := con.readProgram(c.Args().First())
	if err != nil {
		return err
	}
	if p.bundle != nil {
		return usagef("%s is a bundle already", p.name)
	}
	b, err := con.compile(c.Context, p, o)
	if err != nil {
		return err
	}
	return b.WriteFile(outputPath(c.String("output"), p.name))
}

// outputPath is where the bundle of a C file goes.
func outputPath(option, source string) string {
	if option != "" {
		return option
	}
	return strings.TrimSuffix(source, ".c") + ".bundle"
}
