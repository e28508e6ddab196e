package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// compileFlags are the options of everything that compiles.
func compileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "define", Aliases: []string{"D"}, Usage: "define a macro, as `NAME=VALUE` or NAME; may be repeated"},
		&cli.StringSliceFlag{Name: "cflag", Usage: "pass `FLAG` to the C compiler, paths in it absolute; may be repeated"},
		&cli.StringFlag{Name: "headers", Usage: "kernel headers: `auto` (made from the kernel's types, installed ones for what these lack), btf, kernel, or a path: a complete tree, or /lib/modules/RELEASE"},
		&cli.StringFlag{Name: "target", Usage: "compile for the kernel described in `DIR` (target.json, events/)"},
		&cli.BoolFlag{Name: "no-warnings", Usage: "keep quiet about what compiles and is likely wrong"},
		verboseFlag(),
	}
}

// quiet takes the options that say what is printed.
func (con *console) quiet(c *cli.Context) {
	con.verbose, con.noWarnings = c.Bool("verbose"), c.Bool("no-warnings")
}

func verboseFlag() cli.Flag {
	return &cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say on standard error what happens"}
}

// commonOptions turns the options into the library's, save the target.
func commonOptions(c *cli.Context) (*bccgo.Options, error) {
	defines, err := parseDefines(c.StringSlice("define"))
	if err != nil {
		return nil, err
	}
	return &bccgo.Options{Cflags: c.StringSlice("cflag"), Headers: c.String("headers"), Defines: defines}, nil
}

// compileOptions are all of them.
func compileOptions(c *cli.Context) (*bccgo.Options, error) {
	o, err := commonOptions(c)
	if err != nil {
		return nil, err
	}
	if dir := c.String("target"); dir != "" {
		if o.Target, err = bccgo.ReadTarget(dir); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func parseDefines(list []string) (map[string]string, error) {
	defines := make(map[string]string, len(list))
	for _, d := range list {
		name, value, _ := strings.Cut(d, "=")
		if name == "" {
			return nil, usagef("-D %q: write NAME=VALUE", d)
		}
		defines[name] = value
	}
	return defines, nil
}

// checkThisKernel refuses to run what is compiled for another kernel.
func checkThisKernel(what, release string) error {
	host, err := bccgo.HostTarget()
	if err != nil {
		return err
	}
	if release == host.Release {
		return nil
	}
	return fmt.Errorf("%s: %w", what, &bccgo.ForeignError{Built: release, Running: host.Release})
}
