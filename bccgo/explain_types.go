package bccgo

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/headers"
	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// maxTypesNotes bounds how many missing names are explained.
const maxTypesNotes = 3

// explainTypes adds to the messages of a compile with headers made from types,
// where no other headers are at hand, what may be missing in these.
func (p *prepared) explainTypes(err error) error {
	var refusal *CompileError
	if p.plan.Types == "" || p.plan.Choice != nil || !errors.As(err, &refusal) {
		return err
	}
	if !slices.ContainsFunc(refusal.Diagnostics, needsTypes) {
		return err // to read the types takes its time
	}
	kernel := p.readTypes()
	if kernel == nil {
		return err
	}
	e := typesExplainer{kernel: kernel, headers: p.headersNote(), seen: make(map[string]bool)}
	for i := range refusal.Diagnostics {
		e.explain(&refusal.Diagnostics[i])
	}
	return err
}

// typesExplainer puts notes below messages about names that are missing.
type typesExplainer struct {
	kernel *btftree.Kernel
	// headers says what the headers may lack; it is told once.
	headers string
	seen    map[string]bool
}

// needsTypes tells a message about a name that the kernel may have.
func needsTypes(d Diagnostic) bool {
	name := missingIn(d)
	return name != "" && d.Suggestion == "" && !madeByLibrary(name)
}

func (e *typesExplainer) explain(d *Diagnostic) {
	name := missingIn(*d)
	if !needsTypes(*d) || e.seen[name] || len(e.seen) == maxTypesNotes || e.lacksMember(*d, name) {
		return
	}
	e.seen[name] = true
	note := Diagnostic{File: d.File, Line: d.Line, Col: d.Col, Severity: "note", Message: missingText(e.kernel, name)}
	d.Notes = append(d.Notes, note)
	if tagged := strings.Contains(name, " "); !tagged && e.headers != "" {
		note.Message, e.headers = e.headers, ""
		d.Notes = append(d.Notes, note)
	}
}

// madeByLibrary tells a type that libbcc makes for a table, a tracepoint or a
// format, which no kernel has.
func madeByLibrary(name string) bool {
	return strings.HasSuffix(name, "_table_t") || strings.HasPrefix(name, "struct tracepoint__") || name == "char"
}

// lacksMember tells a message about a member of a struct that is there: the
// compiler names what comes near by itself.
func (e *typesExplainer) lacksMember(d Diagnostic, name string) bool {
	return strings.HasPrefix(d.Message, "no member named") && e.kernel.Has(untagged(name))
}

// readTypes reads the target's types; nil where they cannot be read, as an
// explanation is not worth another error.
func (p *prepared) readTypes() *btftree.Kernel {
	data, err := os.ReadFile(p.plan.Types)
	if err != nil {
		return nil
	}
	kernel, err := btftree.ReadKernel(data)
	if err != nil {
		return nil
	}
	return kernel
}

// missingIn is the name that a message says is unknown, "" if it says something
// else.
func missingIn(d Diagnostic) string {
	m := missingName().FindStringSubmatch(d.Message)
	if d.Severity != "error" || m == nil {
		return ""
	}
	return m[1]
}

// untagged is a type's name without struct, union or enum.
func untagged(name string) string { return name[strings.LastIndexByte(name, ' ')+1:] }

// missingText says that a name is not known, and which ones come near.
func missingText(kernel *btftree.Kernel, name string) string {
	word := untagged(name)
	text := "this kernel's types (BTF) have no " + name
	if kernel.Has(word) {
		text = "this kernel's types (BTF) have " + word + ", but not as it is used here"
	}
	if near := kernel.Nearest(word, 3); len(near) > 0 {
		text += "; the nearest names are " + strings.Join(near, ", ")
	}
	return text
}

// headersNote says what headers made from types may lack, and what helps.
func (p *prepared) headersNote() string {
	text := "the headers were made from the kernel's types, which have neither macros nor inline functions; "
	if unknown := p.unknownHeaders(); len(unknown) > 0 {
		text += "nothing here stands in for those of " + strings.Join(unknown, ", ")
	} else {
		text += "what stands in for these may lack this one"
	}
	text += ": define it in the text"
	if p.plan.Lacking {
		text += ", or " + strings.Join(p.missingHeaders().Fix, ", or ")
	}
	return text
}

// missingHeaders says why there are no headers in files.
func (p *prepared) missingHeaders() *HeadersError {
	return headers.Missing(rootfs.Live, p.target.Release)
}

func (p *prepared) unknownHeaders() []string {
	sources, err := btftree.FindSources(p.front()+p.text, p.req.Cflags)
	if err != nil {
		return nil
	}
	return btftree.UnknownHeaders(sources.Includes)
}

// explainTree makes an error about headers of what went wrong with the types.
func (p *prepared) explainTree(err error) error {
	var tree *cc.TreeError
	if !errors.As(err, &tree) {
		return err
	}
	fix := []string{"install the kernel's headers and choose kernel in place of auto or btf (Options.Headers, BCCGO_HEADERS)"}
	if p.plan.Lacking {
		fix = p.missingHeaders().Fix
	}
	return &HeadersError{Release: p.target.Release, Tried: []string{p.plan.Types + ": " + tree.Reason}, Fix: fix, Err: err}
}
