package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

func bakeCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "bake",
		Usage:     "compile programs ahead of time, for one kernel or many",
		UsageText: "bccgo bake [OPTION]... FILE.c...",
		Description: `Writes a bundle for each program and kernel, named by its text, its flags and the
kernel. A Go program that embeds them and sets Options.Baked starts on those
kernels without libbcc, compiler and headers, built with CGO_ENABLED=0 too:

  //go:embed baked
  var baked embed.FS
  m, err := bccgo.Load(text, &bccgo.Options{Baked: baked})

A program whose text declares a table extern comes after the one that exports it.

The flags must be those of the load. Running a program with BCCGO_BAKE=DIR bakes
what it loads, for this kernel.

EXAMPLES:
  bccgo bake -o baked trace.c                      for this kernel
  bccgo bake -o baked -t debian12 -t debian13 *.c  for those that bccgo target
                                                   dump described

` + exitHelp,
		Flags: append(bakeFlags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "baked", Usage: "write bundles into `DIR`"},
			&cli.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "compile for the kernel described in `DIR`; may be repeated"}),
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			con.quiet(c)
			return con.bake(c)
		},
	}
}

// bakeFlags are those of everything that compiles, but for the only target.
func bakeFlags() []cli.Flag {
	var flags []cli.Flag
	for _, f := range compileFlags() {
		if f.Names()[0] != "target" {
			flags = append(flags, f)
		}
	}
	return flags
}

func (con *console) bake(c *cli.Context) error {
	if !c.Args().Present() {
		return usagef("bake takes C files; see bccgo help bake")
	}
	o, err := commonOptions(c)
	if err != nil {
		return err
	}
	targets, err := readTargets(c.StringSlice("target"))
	if err != nil {
		return err
	}
	var errs []error
	exports := make([][]*bccgo.Bundle, len(targets))
	for _, name := range c.Args().Slice() {
		p, err := con.readProgram(name)
		if err == nil && p.bundle != nil {
			err = usagef("%s is a bundle already", p.name)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for i, t := range targets {
			o := *o
			o.Target, o.FileName, o.Exports = t, p.name, exports[i]
			b, err := con.bakeOne(c, p, &o)
			exports[i] = append(exports[i], b)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// bakeOne bakes a program for one target and returns it.
func (con *console) bakeOne(c *cli.Context, p *program, o *bccgo.Options) (*bccgo.Bundle, error) {
	path, err := bccgo.Bake(c.Context, c.String("output"), p.text, o)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(con.stdout, "%s: %s\n", p.name, filepath.ToSlash(path)); err != nil {
		return nil, err
	}
	return bccgo.ReadBundle(path)
}

// readTargets reads descriptions; none of them means the running kernel.
func readTargets(dirs []string) ([]*bccgo.Target, error) {
	if len(dirs) == 0 {
		return []*bccgo.Target{nil}, nil
	}
	targets := make([]*bccgo.Target, len(dirs))
	for i, dir := range dirs {
		t, err := bccgo.ReadTarget(dir)
		if err != nil {
			return nil, err
		}
		targets[i] = t
	}
	return targets, nil
}

func targetCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "target",
		Usage:     "describe this kernel for compiling elsewhere",
		UsageText: "bccgo target dump DIR",
		Description: `Writes what another host needs to know in order to compile for this one: its
release and processors, the formats of its tracepoints, its BTF. Give the folder
to --target of bccgo compile and bccgo bake. Needs root.

EXAMPLE:
  sudo bccgo target dump web-server/

` + exitHelp,
		Subcommands: []*cli.Command{{
			Name: "dump", Usage: "write the description into a new folder", ArgsUsage: "DIR",
			HideHelpCommand: true,
			OnUsageError:    onUsageError,
			Action: func(c *cli.Context) error {
				if c.NArg() != 1 {
					return usagef("target dump takes one folder; see bccgo help target")
				}
				return bccgo.DumpTarget(c.Args().First())
			},
		}},
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("no command target %s; see bccgo help target", c.Args().First())
			}
			return cli.ShowSubcommandHelp(c)
		},
	}
}
