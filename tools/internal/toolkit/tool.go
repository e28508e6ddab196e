package toolkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
)

// Tool describes a command.
type Tool struct {
	Name string
	// Usage says in a few words what the tool does.
	Usage string
	// Description is the help's longer text.
	Description string
	// Examples are command lines, each with what it is for after a #.
	Examples []string
	Flags    []cli.Flag
	// DurationName is the short name of the common flag --duration, "d" if empty.
	DurationName string
	// Optional are flags whose value may be left out, by all their names, and the
	// value that they have then.
	Optional map[string]string
	// MaxArgs is how many arguments there may be that are no flags, ArgsUsage
	// what the help calls them.
	MaxArgs   int
	ArgsUsage string
	// Run does the work until ctx ends, which Ctrl-C, SIGTERM and the -d of the
	// common flags bring about.
	Run func(ctx context.Context, s *Session) error
}

// Main runs a tool with the process's arguments and exits: 0 at the end of its
// work or of its output's reader, 1 with one line on standard error otherwise.
func Main(t *Tool) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// With a handler of our own, a write to a pipe without reader is an error
	// and not the end of the process. Ignoring the signal would be inherited by
	// commands that the tool starts.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(t.Execute(ctx, os.Args, os.Stdout, os.Stderr))
}

// Execute runs a tool with arguments, the first of which is the program's name,
// and returns the exit status.
func (t *Tool) Execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	common := new(Common)
	command := []string(nil)
	flags := append(slices.Clone(t.Flags), common.flags(t)...)
	if !completing(args) {
		args, command = t.arrange(args, flags)
	}
	app := &cli.App{
		Name: t.Name, Usage: t.Usage, Description: t.help(), HideHelpCommand: true, HideVersion: true,
		// The library cannot split short flags of an unfinished line.
		UseShortOptionHandling: !completing(args), EnableBashCompletion: true,
		UsageText: strings.TrimSpace(t.Name + " [options] " + t.ArgsUsage),
		Flags:     flags, Writer: stdout, ErrWriter: stderr,
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   func(_ *cli.Context, err error, _ bool) error { return err },
		Action: func(c *cli.Context) error {
			if common.manual {
				_, err := io.WriteString(stdout, t.manual(flags))
				return err
			}
			if c.NArg() > t.MaxArgs {
				return fmt.Errorf("unexpected argument %q; see %s --help", c.Args().Get(t.MaxArgs), t.Name)
			}
			s := &Session{Command: command, Args: c.Args().Slice(), name: t.Name, stderr: stderr}
			return t.session(ctx, s, common, stdout)
		},
	}
	err := app.RunContext(ctx, args)
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", t.Name, err)
	return 1
}

// arrange brings arguments into the form that the command line library reads,
// and takes off the command of --exec.
func (t *Tool) arrange(args []string, flags []cli.Flag) (own, command []string) {
	if t.has("exec") {
		args, command = splitExec(args)
	}
	if len(t.Optional) > 0 {
		args = fillOptional(args, t.Optional)
	}
	if t.MaxArgs > 0 {
		args = flagsFirst(args, flags)
	}
	return args, command
}

// session runs the tool's work around an output that is flushed at the end.
func (t *Tool) session(ctx context.Context, s *Session, common *Common, stdout io.Writer) error {
	if err := common.check(); err != nil {
		return err
	}
	s.Common = *common
	s.Out = NewOutput(stdout)
	s.Losses = &Losses{w: s.stderr, name: t.Name}
	defer s.countRuns()()
	begin := time.Now()
	err := t.Run(ctx, s)
	s.Losses.report()
	err = errors.Join(err, s.Out.Close())
	if s.Stats {
		s.report(time.Since(begin))
	}
	return err
}

// free returns a short name as a list, which is empty if the tool has taken it.
func (t *Tool) free(name string) []string {
	if t.has(name) {
		return nil
	}
	return []string{name}
}

func (t *Tool) has(flag string) bool {
	for _, f := range t.Flags {
		for _, name := range f.Names() {
			if name == flag {
				return true
			}
		}
	}
	return false
}

func (t *Tool) help() string {
	return t.Description + "\n\nexamples:\n   " + strings.Join(t.Examples, "\n   ")
}

// splitExec takes --exec and the command after it off the arguments: whatever
// follows belongs to the command, also what looks like a flag.
func splitExec(args []string) (own, command []string) {
	for i, a := range args {
		if a == "--exec" {
			return append(args[:i:i], "--exec"), args[i+1:]
		}
	}
	return args, nil
}
