package bccgo

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// TracepointField is a member of a tracepoint's record: what TRACEPOINT_PROBE has
// as args->NAME.
type TracepointField struct {
	// Type is the C type without the name: "char[16]", "const char *"; "char[]"
	// and the like for data that is elsewhere in the record.
	Type, Name string
	// Offset and Size are in bytes, from the start of the record.
	Offset, Size int
	Signed       bool
	// DataLoc marks data that is elsewhere in the record: TP_DATA_LOC_READ and the
	// like find it.
	DataLoc bool
}

// TracepointFields lists the members of a tracepoint's record, category:event,
// without those that all have. Errors are *UnknownHookError, or *TracefsError
// where tracefs, which describes them, is not mounted.
func TracepointFields(tracepoint string) ([]TracepointField, error) {
	category, event, _ := strings.Cut(tracepoint, ":")
	text, err := probe.Running().TracepointFormat(category, event)
	if err != nil {
		return nil, err
	}
	format, err := probe.ParseFormat(text)
	if err != nil {
		return nil, fmt.Errorf("read tracepoint %s: %w", tracepoint, err)
	}
	var list []TracepointField
	for _, f := range format.Fields {
		if !f.IsCommon() {
			list = append(list, TracepointField{Type: f.Type, Name: f.Name, Offset: f.Offset, Size: f.Size, Signed: f.Signed, DataLoc: f.DataLoc})
		}
	}
	return list, nil
}
