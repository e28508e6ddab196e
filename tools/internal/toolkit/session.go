package toolkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// Common holds the flags that every tool has.
type Common struct {
	// JSON asks for one JSON object a line.
	JSON bool
	// Duration bounds the tracing; 0 means no bound.
	Duration time.Duration
	// Verbose asks for remarks on standard error.
	Verbose bool
	// Stats asks for a summary on standard error at the end.
	Stats bool
	// EBPF asks for the C text in place of a run; see Session.PrintC.
	EBPF bool

	seconds float64
	// manual asks for the manual page in place of a run; scripts/manpages does.
	manual bool
}

// flags are the common flags that the tool has not defined itself; of their
// short names, those that the tool gives to others are left out.
func (c *Common) flags(t *Tool) []cli.Flag {
	all := []cli.Flag{
		&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line", Destination: &c.JSON},
		&cli.Float64Flag{Name: "duration", Aliases: t.free(cmp.Or(t.DurationName, "d")), Usage: "end after `SECONDS`",
			DefaultText: "no end", Destination: &c.seconds},
		&cli.BoolFlag{Name: "verbose", Aliases: t.free("v"),
			Usage: "say on standard error which probes were chosen and why", Destination: &c.Verbose},
		&cli.BoolFlag{Name: "stats", Usage: "say on standard error at the end how much came out and what it cost", Destination: &c.Stats},
		&cli.BoolFlag{Name: "ebpf", Hidden: true, Destination: &c.EBPF},
		&cli.BoolFlag{Name: "manual", Hidden: true, Destination: &c.manual},
	}
	var out []cli.Flag
	for _, f := range all {
		if !t.has(f.Names()[0]) {
			out = append(out, f)
		}
	}
	return out
}

func (c *Common) check() error {
	if c.seconds < 0 {
		return fmt.Errorf("--duration %v: cannot be less than 0", c.seconds)
	}
	c.Duration = time.Duration(c.seconds * float64(time.Second))
	return nil
}

// Session is one run of a tool.
type Session struct {
	Common
	// Command is what followed --exec.
	Command []string
	// Args are the arguments that are no flags, Tool.MaxArgs at most.
	Args []string
	// Out takes the results.
	Out *Output
	// Losses counts and reports what was not seen.
	Losses *Losses

	name   string
	stderr io.Writer
}

// Notef prints a remark on standard error if -v asks for it.
func (s *Session) Notef(format string, args ...any) {
	if s.Verbose {
		fmt.Fprintf(s.stderr, s.name+": "+format+"\n", args...)
	}
}

// Warnf prints a remark on standard error.
func (s *Session) Warnf(format string, args ...any) {
	fmt.Fprintf(s.stderr, s.name+": "+format+"\n", args...)
}

// Stderr is where remarks go.
func (s *Session) Stderr() io.Writer { return s.stderr }

// PrintC prints a text with its defines, as it would have been compiled, for
// the hidden flag --ebpf.
func (s *Session) PrintC(text string, defines map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(defines)) {
		line := strings.TrimSpace("#define " + name + " " + defines[name])
		if err := s.Out.Printf("%s\n", line); err != nil {
			return err
		}
	}
	return s.Out.Printf("%s", text)
}

// errOver is the cause of a context that -d ended.
var errOver = errors.New("the duration is over")

// Limit ends ctx when the duration asked for is over, counted from now. Tools
// call it when they are ready to trace.
func (s *Session) Limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.Duration == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, s.Duration, errOver)
}
