package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

func checkCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "compile programs and show them to the verifier",
		UsageText: "bccgo check [OPTION]... FILE.c|BUNDLE...",
		Description: `Compiles each file and loads every function without attaching any. Prints
nothing if all is well, else what the compiler or the verifier objects to, as
FILE:LINE:COL: error: ... on standard error, and what compiles and is likely
wrong as FILE:LINE:COL: warning: .... Functions whose name does not say
what they are (kprobe__..., tracepoint__...) are judged by their argument.

EXAMPLES:
  bccgo check trace.c                  as root, for this kernel
  bccgo check --no-load -D PID=1 *.c   the C alone; needs no privilege
  bccgo check --werror *.c             exit 1 for warnings as well
  bccgo check -v trace.c               with the verifier's log below a refusal

` + exitHelp,
		Flags: append(compileFlags(),
			&cli.BoolFlag{Name: "werror", Usage: "fail if there are warnings"},
			&cli.BoolFlag{Name: "no-load", Usage: "only compile; needs no privilege"},
			&cli.BoolFlag{Name: "force", Usage: "load a bundle that was compiled for another kernel"}),
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			con.quiet(c)
			if !c.Args().Present() {
				return usagef("check what? Name C files or bundles; see bccgo help check")
			}
			o, err := compileOptions(c)
			if err != nil {
				return err
			}
			if o.Target != nil && !c.Bool("no-load") {
				return usagef("check --target needs --no-load: what is for another kernel cannot be loaded into this one")
			}
			ck := &checker{con: con, opts: o, noLoad: c.Bool("no-load"), force: c.Bool("force"), werror: c.Bool("werror")}
			return ck.all(c.Context, c.Args().Slice())
		},
	}
}

// warningsError says that warnings count as errors.
type warningsError struct{ count int }

func (e *warningsError) Error() string {
	if e.count == 1 {
		return "1 warning, and --werror was given"
	}
	return fmt.Sprintf("%d warnings, and --werror was given", e.count)
}

// checker compiles and loads programs.
type checker struct {
	con    *console
	opts   *bccgo.Options
	noLoad bool
	force  bool
	werror bool
}

// all checks every file, whatever is found in those before.
func (ck *checker) all(ctx context.Context, paths []string) error {
	if !ck.noLoad {
		if err := bccgo.CheckPrivilege(); err != nil {
			return err
		}
	}
	var errs []error
	for _, path := range paths {
		errs = append(errs, ck.one(ctx, path))
	}
	return errors.Join(errs...)
}

func (ck *checker) one(ctx context.Context, path string) error {
	p, err := ck.con.readProgram(path)
	if err != nil {
		return err
	}
	b, err := ck.con.compile(ctx, p, ck.opts)
	if err != nil {
		return err
	}
	if n := len(b.Warnings()); n > 0 && ck.werror {
		return fmt.Errorf("%s: %w", p.name, &warningsError{n})
	}
	if ck.noLoad {
		return nil
	}
	o := *ck.opts
	o.NoAutoAttach, o.AnyKernel = true, ck.force
	m, err := bccgo.LoadBundle(b, &o)
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return errors.Join(m.LoadFuncs(), m.Close())
}
