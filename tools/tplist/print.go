package main

import (
	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// tracepointJSON is a tracepoint as --json prints it.
type tracepointJSON struct {
	Tracepoint string      `json:"tracepoint"`
	Fields     []fieldJSON `json:"fields"`
}

type fieldJSON struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Offset int    `json:"offset"`
	Size   int    `json:"size"`
}

// fieldType is a field's type as the kernel shows it.
func fieldType(f bccgo.TracepointField) string {
	if f.DataLoc {
		return "__data_loc " + f.Type
	}
	return f.Type
}

func printTracepoint(s *toolkit.Session, name string, fields []bccgo.TracepointField) error {
	if s.JSON {
		list := []fieldJSON{}
		for _, f := range fields {
			list = append(list, fieldJSON{fieldType(f), f.Name, f.Offset, f.Size})
		}
		return s.Out.JSON(tracepointJSON{name, list})
	}
	if err := s.Out.Printf("%s\n", name); err != nil {
		return err
	}
	for _, f := range fields {
		if err := s.Out.Printf("    %s %s;\n", fieldType(f), f.Name); err != nil {
			return err
		}
	}
	return nil
}

// printProbe prints a static probe: its file and name, or from -v on the name and
// more.
func (o *options) printProbe(s *toolkit.Session, p bccgo.USDTProbe) error {
	name, file := toolkit.Printable(p.String()), toolkit.Printable(p.Path)
	switch {
	case s.JSON:
		return s.Out.JSON(describe(p))
	case o.verbosity == 0:
		return s.Out.Printf("%s %s\n", file, name)
	}
	if err := s.Out.Printf("%s [sema %#x]\n", name, p.Semaphore); err != nil {
		return err
	}
	if o.verbosity == 1 {
		return s.Out.Printf("  %d location(s)\n  %d argument(s)\n", len(p.Locations), len(p.Arguments))
	}
	for i, l := range p.Locations {
		if err := s.Out.Printf("  location #%d %s %#x\n", i+1, file, l.Address); err != nil {
			return err
		}
		if err := printArguments(s, l.Arguments); err != nil {
			return err
		}
	}
	return nil
}

func printArguments(s *toolkit.Session, arguments []bccgo.USDTArgument) error {
	for i, a := range arguments {
		kind := "unsigned"
		if a.Signed {
			kind = "signed"
		}
		var err error
		if a.Err != nil {
			err = s.Out.Printf("    argument #%d unreadable: %s\n", i+1, toolkit.Printable(a.Err.Error()))
		} else {
			err = s.Out.Printf("    argument #%d %d %-8s bytes @ %s\n", i+1, a.Size, kind, a.Place)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// probeJSON is a static probe as --json prints it.
type probeJSON struct {
	Path      string         `json:"path"`
	Provider  string         `json:"provider"`
	Name      string         `json:"name"`
	Semaphore uint64         `json:"semaphore,omitempty"`
	Locations []locationJSON `json:"locations"`
}

type locationJSON struct {
	Address   uint64         `json:"address"`
	Arguments []argumentJSON `json:"arguments"`
}

type argumentJSON struct {
	Type  string `json:"type,omitempty"`
	Place string `json:"place,omitempty"`
	Spec  string `json:"spec"`
	Error string `json:"error,omitempty"`
}

func describe(p bccgo.USDTProbe) probeJSON {
	d := probeJSON{Path: p.Path, Provider: p.Provider, Name: p.Name, Semaphore: p.Semaphore}
	for _, l := range p.Locations {
		one := locationJSON{Address: l.Address, Arguments: []argumentJSON{}}
		for _, a := range l.Arguments {
			j := argumentJSON{Type: a.CType, Place: a.Place, Spec: a.Spec}
			if a.Err != nil {
				j.Error = a.Err.Error()
			}
			one.Arguments = append(one.Arguments, j)
		}
		d.Locations = append(d.Locations, one)
	}
	return d
}
