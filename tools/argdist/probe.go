package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probeexpr"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// probe is what a specifier says.
type probe struct {
	*probespec.Spec
	// number is its index among all.
	number    int
	histogram bool
	label     string
	// values are what is counted by. A histogram is of the last one.
	values []value
	filter *probeexpr.Text
	places *probespec.Places
	// saved are the indexes of parameters that a return wants to know, timed tells
	// that it wants to know how long the call took.
	saved []int
	timed bool
}

// value is an expression and its type.
type value struct {
	typ  probeexpr.Text
	expr probeexpr.Text
	// shown is what the output calls it.
	shown string
}

var stringType = regexp.MustCompile(`^(const\s+)?char(\s+const)?\s*\*(\s*const)?$`)

func (v value) isString() bool { return stringType.MatchString(v.typ.String()) }

const wantValues = "want PROBE(PARAMETERS):TYPE,…:EXPRESSION,…[:FILTER][#LABEL]"

// parse reads a specifier. Errors are *probespec.Error.
func parse(text string, histogram bool) (*probe, error) {
	text = strings.TrimSpace(text)
	spec, err := probespec.Syntax{Kinds: "prtu"}.ParseHead(text, true)
	if err != nil {
		return nil, err
	}
	if at := strings.IndexByte(text[:spec.End], '#'); at >= 0 {
		return nil, spec.Fault(at, spec.End, errors.New("a label comes after brackets: p:c:fork()#LABEL"))
	}
	p := &probe{Spec: spec, histogram: histogram}
	if err := p.checkSignature(); err != nil {
		return nil, err
	}
	rest := probeexpr.Text{Spec: text, Start: spec.RestAt(), End: len(text)}
	rest, label, _, err := rest.CutFirst("#;")
	if err != nil {
		return nil, err
	}
	p.label = strings.TrimSpace(label.String())
	return p, p.parseValues(rest.Trim())
}

// checkSignature refuses parameters of what has none.
func (p *probe) checkSignature() error {
	g := p.Signature
	switch {
	case g == nil || len(g.Params) == 0:
		return nil
	case p.Kind == probespec.Tracepoint:
		return p.Fault(g.Start, g.End, errors.New("tracepoints have no parameters: leave the brackets empty, and use args->FIELD"))
	case p.Kind == probespec.Static:
		return p.Fault(g.Start, g.End, errors.New("static probes have no parameters: leave the brackets empty, and use arg1, arg2 and so on"))
	}
	return nil
}

// parseValues reads what follows the signature.
func (p *probe) parseValues(rest probeexpr.Text) error {
	if rest.String() == "" {
		return p.setPlain()
	}
	if rest.String()[0] != ':' {
		return rest.Fault(errors.New(wantValues))
	}
	rest.Start++
	parts, err := rest.Cut(":")
	if err != nil {
		return err
	}
	switch len(parts) {
	case 1:
		return parts[0].Fault(errors.New("there is no expression after the type: " + wantValues))
	case 2:
	case 3:
		p.filter = &parts[2]
	default:
		return parts[3].Fault(errors.New("there is a colon too many: " + wantValues))
	}
	return p.setValues(parts[0], parts[1])
}

// setPlain has calls counted, or results.
func (p *probe) setPlain() error {
	if p.Kind == probespec.Return {
		p.values = []value{{probeexpr.Of("int"), probeexpr.Of("$retval"), "retval"}}
		return nil
	}
	if p.histogram {
		return p.Fault(0, len(p.Text), errors.New("a histogram is of values: "+wantValues))
	}
	return nil
}

var typeName = regexp.MustCompile(`^[A-Za-z_][\w\s]*[\s*]*$`)

// setValues reads types and expressions.
func (p *probe) setValues(typesText, exprsText probeexpr.Text) error {
	types, err := typesText.Cut(",")
	if err != nil {
		return err
	}
	exprs, err := exprsText.Cut(",")
	if err != nil {
		return err
	}
	if len(types) != len(exprs) {
		return exprsText.Faultf("there are as many types as expressions, and here they are %d and %d", len(types), len(exprs))
	}
	for i, typ := range types {
		if !typeName.MatchString(typ.String()) {
			return typ.Fault(errors.New("want a C type, such as u64 or char*"))
		}
		v := value{typ: typ, expr: exprs[i]}
		if v.shown, err = show(v.expr); err != nil {
			return err
		}
		p.values = append(p.values, v)
	}
	if last := p.values[len(p.values)-1]; p.histogram && last.isString() {
		return last.typ.Fault(errors.New("a histogram is of numbers: strings can only come before them"))
	}
	return nil
}

// show is how the output calls an expression: a parameter by its name alone.
func show(expr probeexpr.Text) (string, error) {
	c, err := expr.Rewrite(func(r probeexpr.Ref) (string, error) {
		if r.Name != "$entry" {
			return r.String(), nil
		}
		name, err := r.Arg()
		return name.String(), err
	})
	if err != nil {
		return "", err
	}
	return c.String(), nil
}

// name is what the output calls the probe.
func (p *probe) name() string {
	if p.label != "" {
		return p.label
	}
	return p.Text
}

// attach attaches the probe's functions. Entries come first, so that no return is
// seen without its entry.
func (p *probe) attach(s *toolkit.Session, m *bccgo.Module) error {
	steps := []func(*bccgo.Module) (*probespec.Attached, error){p.places.Attach}
	if p.savesEntry() {
		steps = slices.Insert(steps, 0, p.places.AttachEntries)
	}
	for _, step := range steps {
		attached, err := step(m)
		if err != nil {
			return err
		}
		attached.Note(s)
	}
	return nil
}
