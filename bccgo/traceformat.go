package bccgo

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// traceFormat is a parsed format of TracePipe.Print.
type traceFormat []traceSegment

// traceSegment is literal text followed by a field, or by none (field -1) at
// the end of the format.
type traceSegment struct {
	literal string
	field   int
	spec    fieldSpec
}

// fieldSpec says how to lay out a field.
type fieldSpec struct {
	fill      rune
	align     byte // '<', '>', '^', or 0 for the field's own
	width     int
	precision int // -1 when not given
}

// The fields of a trace line, by the number a format names them with.
const (
	fieldTask = iota
	fieldPID
	fieldCPU
	fieldFlags
	fieldTimestamp
	fieldMessage
	fieldCount
)

// fieldTypes holds the type letter each field accepts.
const fieldTypes = "sddsfs"

// maxFieldWidth bounds what one field may be padded to.
const maxFieldWidth = 4096

// parseTraceFormat parses Python's str.format syntax as far as the six fields
// need it: {N} or {} throughout, {N:[[fill]align][0][width][.precision][type]},
// and doubled braces.
func parseTraceFormat(format string) (traceFormat, error) {
	var parsed traceFormat
	var literal strings.Builder
	numbering := fieldNumbering{}
	for rest := format; rest != ""; {
		brace := strings.IndexAny(rest, "{}")
		if brace < 0 {
			literal.WriteString(rest)
			break
		}
		literal.WriteString(rest[:brace])
		c := rest[brace]
		rest = rest[brace+1:]
		if rest != "" && rest[0] == c {
			literal.WriteByte(c)
			rest = rest[1:]
			continue
		}
		inner, after, ok := strings.Cut(rest, "}")
		if c == '}' || !ok {
			return nil, fmt.Errorf("trace format %q: lone %q: write it twice for the character itself", format, c)
		}
		segment, err := parsePlaceholder(inner, &numbering)
		if err != nil {
			return nil, fmt.Errorf("trace format %q: {%s}: %w", format, inner, err)
		}
		segment.literal = literal.String()
		literal.Reset()
		parsed = append(parsed, segment)
		rest = after
	}
	return append(parsed, traceSegment{literal: literal.String(), field: -1}), nil
}

// fieldNumbering keeps a format to one way of numbering its fields.
type fieldNumbering struct {
	next             int
	counted, spelled bool
}

// index returns the number of the field that a placeholder names.
func (n *fieldNumbering) index(name string) (int, error) {
	i := n.next
	if name == "" {
		n.counted = true
		n.next++
	} else {
		var err error
		if i, err = strconv.Atoi(name); err != nil {
			return 0, fmt.Errorf("field %q is not a number from 0 to %d", name, fieldCount-1)
		}
		n.spelled = true
	}
	if n.counted && n.spelled {
		return 0, fmt.Errorf("number either all fields or none")
	}
	if i < 0 || i >= fieldCount {
		return 0, fmt.Errorf("there is no field %d: "+
			"0 is the task, 1 the pid, 2 the CPU, 3 the flags, 4 the timestamp, 5 the message", i)
	}
	return i, nil
}

func parsePlaceholder(inner string, numbering *fieldNumbering) (traceSegment, error) {
	name, spec, _ := strings.Cut(inner, ":")
	field, err := numbering.index(name)
	if err != nil {
		return traceSegment{}, err
	}
	parsed, err := parseFieldSpec(spec, field)
	return traceSegment{field: field, spec: parsed}, err
}

func parseFieldSpec(s string, field int) (fieldSpec, error) {
	spec, rest := parseAlign(s)
	if n, after, ok := cutNumber(rest); ok {
		spec.width, rest = n, after
	}
	if after, dot := strings.CutPrefix(rest, "."); dot {
		n, after, ok := cutNumber(after)
		if !ok {
			return spec, fmt.Errorf("layout %q: no number after the dot", s)
		}
		spec.precision, rest = n, after
	}
	kind := fieldTypes[field]
	if rest != "" && rest != string(kind) {
		return spec, fmt.Errorf("layout %q: %q does not fit field %d, which takes [[fill]align][width][.precision]%c",
			s, rest, field, kind)
	}
	// Without the letter Python would switch a float to another notation.
	if spec.precision >= 0 && (kind == 'd' || kind == 'f' && rest == "") {
		return spec, fmt.Errorf("layout %q: a precision needs a text field, or the timestamp followed by f", s)
	}
	if kind == 'f' && rest == "f" && spec.precision < 0 {
		spec.precision = 6
	}
	if spec.width > maxFieldWidth || spec.precision > maxFieldWidth {
		return spec, fmt.Errorf("layout %q: wider than %d", s, maxFieldWidth)
	}
	return spec, nil
}

// parseAlign parses the part of a layout before the width. A zero before the
// width is the fill, unless another was given.
func parseAlign(s string) (spec fieldSpec, rest string) {
	spec = fieldSpec{fill: ' ', precision: -1}
	fill, size := utf8.DecodeRuneInString(s)
	switch {
	case size < len(s) && isAlign(s[size]):
		spec.fill, spec.align = fill, s[size]
		return spec, s[size+1:]
	case s != "" && isAlign(s[0]):
		spec.align, s = s[0], s[1:]
	}
	if strings.HasPrefix(s, "0") {
		spec.fill = '0'
	}
	return spec, s
}

func isAlign(c byte) bool {
	return c == '<' || c == '>' || c == '^'
}

// apply renders one line.
func (f traceFormat) apply(l TraceLine) string {
	var out strings.Builder
	for _, s := range f {
		out.WriteString(s.literal)
		if s.field >= 0 {
			out.WriteString(s.spec.pad(s.spec.text(l, s.field), fieldTypes[s.field] == 's'))
		}
	}
	return out.String()
}

func (s fieldSpec) text(l TraceLine, field int) string {
	switch field {
	case fieldTask:
		return s.cut(l.Task)
	case fieldPID:
		return strconv.Itoa(l.PID)
	case fieldCPU:
		return strconv.Itoa(l.CPU)
	case fieldFlags:
		return s.cut(l.Flags)
	case fieldTimestamp:
		return s.float(l.Timestamp)
	default:
		return s.cut(l.Message)
	}
}

// float writes a whole number with ".0" after it, as Python does.
func (s fieldSpec) float(v float64) string {
	text := strconv.FormatFloat(v, 'f', s.precision, 64)
	if s.precision < 0 && !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func (s fieldSpec) cut(text string) string {
	if s.precision < 0 || utf8.RuneCountInString(text) <= s.precision {
		return text
	}
	return string([]rune(text)[:s.precision])
}

// pad fills text up to the width: text fields to the right, numbers to the
// left, unless the format says otherwise.
func (s fieldSpec) pad(text string, isText bool) string {
	missing := max(0, s.width-utf8.RuneCountInString(text))
	left := missing
	switch {
	case s.align == '^':
		left = missing / 2
	case s.align == '<' || s.align == 0 && isText:
		left = 0
	}
	fill := string(s.fill)
	return strings.Repeat(fill, left) + text + strings.Repeat(fill, missing-left)
}
