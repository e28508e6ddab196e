package toolkit

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// Way is one way of tracing something: probes that are all needed.
type Way struct {
	// Name is the tool's own name of the way.
	Name string
	// Kind is what --probes calls it, "kprobe" or "tracepoint". A way without
	// kind may be chosen whatever --probes says.
	Kind string
	// Probes are texts as bccgo.Attach reads them.
	Probes []string
	// Refused is a reason not to choose it that the tool knows, else nil.
	Refused error
}

// Ways chooses between ways of tracing by what the kernel has and the user
// wants.
type Ways struct {
	kind string
}

// Flags is --probes.
func (w *Ways) Flags() []cli.Flag { return []cli.Flag{probesFlag(&w.kind)} }

func probesFlag(kind *string) cli.Flag {
	return &cli.StringFlag{Name: "probes", Value: "auto", Destination: kind,
		Usage: "`KIND` of probes: tracepoint, kprobe, or auto for what the kernel has"}
}

// Choose returns the first way that is possible and of the kind the user wants.
// what says in a remark or an error what it is for.
func (w *Ways) Choose(s *Session, what string, ways ...Way) (Way, error) {
	possible, err := w.Possible(s, what, ways...)
	if err != nil {
		return Way{}, err
	}
	s.Notef("%s: %s", what, possible[0].Name)
	return possible[0], nil
}

// Possible is Choose for all such ways, at least one, for tools that try to
// attach to one after the other.
func (w *Ways) Possible(s *Session, what string, ways ...Way) ([]Way, error) {
	if w.kind != "auto" && w.kind != "tracepoint" && w.kind != "kprobe" {
		return nil, fmt.Errorf("--probes %q: want tracepoint, kprobe or auto", w.kind)
	}
	var possible []Way
	none := errors.New(what + ": no way to trace it here")
	for _, way := range ways {
		err := w.refuses(way)
		if err == nil {
			possible = append(possible, way)
			continue
		}
		if len(possible) == 0 {
			s.Notef("%s: not %s: %v", what, way.Name, err)
		}
		none = fmt.Errorf("%w; not %s: %w", none, way.Name, err)
	}
	if len(possible) == 0 {
		return nil, none
	}
	return possible, nil
}

// refuses returns why a way cannot be chosen.
func (w *Ways) refuses(way Way) error {
	if w.kind != "auto" && way.Kind != "" && way.Kind != w.kind {
		return errors.New("--probes asks for another kind")
	}
	if way.Refused != nil {
		return way.Refused
	}
	for _, probe := range way.Probes {
		if err := missing(probe); err != nil {
			return err
		}
	}
	return nil
}

// missing returns why the kernel has no such probe, in one line.
func missing(probe string) error {
	_, err := bccgo.FirstProbe(probe)
	var none *bccgo.NoProbeError
	if errors.As(err, &none) && len(none.Candidates) == 1 {
		return none.Candidates[0].Err
	}
	return err
}
