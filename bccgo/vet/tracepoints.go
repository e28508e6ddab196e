package vet

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/internal/nearest"
	csource "github.com/bccgo/bcc/bccgo/internal/source"
)

// tracepoints lists what the target has, as CATEGORY:EVENT.
func (c *compiler) tracepoints() ([]string, error) {
	if c.target == nil {
		return bccgo.Tracepoints(".*")
	}
	files, err := filepath.Glob(filepath.Join(c.target.EventsDir, "*", "*", "format"))
	for i, file := range files {
		dir := filepath.Dir(file)
		files[i] = filepath.Base(filepath.Dir(dir)) + ":" + filepath.Base(dir)
	}
	return files, err
}

// blameTracepoints looks whether a text that does not compile names tracepoints
// that the target lacks, which explains it. One that looks mistyped is reported
// in place of the compiler's messages. With others the text cannot be checked: the
// module that has them may not be loaded.
func (j *judgement) blameTracepoints() error {
	named := csource.Scan(j.value.guesses[0]).Tracepoints
	if len(j.findings) == 0 || len(named) == 0 {
		return nil
	}
	all, err := j.compiler.tracepoints()
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(named, func(name string) bool { return slices.Contains(all, name) })
	if len(missing) == 0 {
		return nil
	}
	j.findings = nil
	for _, name := range missing {
		j.absent = append(j.absent, absentTracepoint(name, all))
	}
	return nil
}

// absentTracepoint describes a tracepoint that the target lacks, with the names
// that may have been meant: of its category, or the same of another one.
func absentTracepoint(name string, all []string) *bccgo.UnknownHookError {
	absent := &bccgo.UnknownHookError{Kind: "tracepoint", Name: name}
	category, event, _ := strings.Cut(name, ":")
	known := false
	for _, other := range all {
		otherCategory, otherEvent, _ := strings.Cut(other, ":")
		known = known || otherCategory == category || otherEvent == event
		if otherEvent == event {
			absent.Nearest = append(absent.Nearest, other)
		}
	}
	if known && len(absent.Nearest) == 0 {
		absent.Nearest = nearest.In(name, all, 3)
	}
	return absent
}

// reportAbsent reports a tracepoint that looks mistyped, where the text names it.
func (j *judgement) reportAbsent(absent *bccgo.UnknownHookError) {
	if len(absent.Nearest) == 0 {
		j.note(j.text.call, "the target lacks the tracepoint %s, which a module may have", absent.Name)
		return
	}
	_, event, _ := strings.Cut(absent.Name, ":")
	d := bccgo.Diagnostic{Severity: "error", Message: absent.Error()}
	before, _, _ := strings.Cut(j.value.guesses[0], event)
	line := strings.Count(before, "\n") + 1
	col := len(before) - strings.LastIndexByte(before, '\n')
	if where, err := j.locate(); err == nil {
		pos := where.Position(line, col)
		d.File, d.Line, d.Col = pos.File, pos.Line, pos.Col
	}
	j.reportC(j.text, "tracepoint", d)
}

// locate maps the text to the files that it stands in.
func (j *judgement) locate() (*csource.Map, error) {
	o := j.origin()
	return csource.Locate(o.File, o.Line, j.value.guesses[0], o.Files...)
}
