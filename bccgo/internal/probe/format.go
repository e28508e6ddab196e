package probe

import (
	"fmt"
	"strconv"
	"strings"
)

// Format is what a tracepoint's format file says about its record.
type Format struct {
	Name   string
	ID     int
	Fields []Field // in the file's order, the common ones included
	Print  string  // what follows "print fmt:", unparsed
}

// Field is one member of a tracepoint's record.
type Field struct {
	// Type is the member's C type without its name: "unsigned short",
	// "char[16]", "const char *". The element type of data stored elsewhere
	// in the record is without its __data_loc or __rel_loc.
	Type string
	Name string
	// Offset and Size are in bytes, from the start of the record.
	Offset int
	Size   int
	Signed bool
	// DataLoc marks a member whose 32-bit value tells where in the record
	// its data is: offset in the low half, length in the high half.
	DataLoc bool
	// RelLoc marks a DataLoc member whose offset counts from the end of the
	// member itself. Since kernel 5.17.
	RelLoc bool
}

// IsCommon reports whether the member is one of those that every tracepoint's
// record begins with.
func (f Field) IsCommon() bool {
	return strings.HasPrefix(f.Name, "common_")
}

// ParseFormat reads the text of a tracepoint's format file.
func ParseFormat(text string) (*Format, error) {
	format := &Format{}
	head, after, ok := strings.Cut(text, "print fmt:")
	if ok {
		format.Print = strings.TrimSpace(after)
	}
	number := 0
	for line := range strings.Lines(head) {
		number++
		if err := format.line(strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("tracepoint format, line %d: %w", number, err)
		}
	}
	if format.Name == "" {
		return nil, fmt.Errorf("tracepoint format: no name line")
	}
	if len(format.Fields) == 0 {
		return nil, fmt.Errorf("tracepoint format of %s: no fields", format.Name)
	}
	return format, nil
}

func (f *Format) line(line string) error {
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		if line == "" {
			return nil
		}
		return fmt.Errorf("cannot read %q", line)
	}
	value = strings.TrimSpace(value)
	switch key {
	case "name":
		f.Name = value
	case "ID":
		id, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return fmt.Errorf("ID %q is no number", value)
		}
		f.ID = int(id)
	case "field":
		field, err := parseField(value)
		if err != nil {
			return err
		}
		f.Fields = append(f.Fields, field)
	}
	return nil
}

// parseField reads "TYPE NAME;\toffset:N;\tsize:N;\tsigned:N;".
func parseField(text string) (Field, error) {
	parts := strings.Split(text, ";")
	field, err := parseDeclaration(parts[0])
	if err != nil {
		return Field{}, err
	}
	seen := make(map[string]int)
	for _, part := range parts[1:] {
		key, value, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return Field{}, fmt.Errorf("%s of field %s: %q is no number", key, field.Name, value)
		}
		seen[key] = int(n)
	}
	for _, key := range []string{"offset", "size", "signed"} {
		if _, ok := seen[key]; !ok {
			return Field{}, fmt.Errorf("field %s has no %s", field.Name, key)
		}
	}
	field.Offset, field.Size, field.Signed = seen["offset"], seen["size"], seen["signed"] != 0
	return field, nil
}

// parseDeclaration splits a C member declaration. The kernel writes arrays
// both as "char comm[16]" and, for data elsewhere, as "char[] name".
func parseDeclaration(text string) (Field, error) {
	var field Field
	rest := strings.TrimSpace(text)
	if after, ok := strings.CutPrefix(rest, "__data_loc "); ok {
		rest, field.DataLoc = strings.TrimSpace(after), true
	} else if after, ok := strings.CutPrefix(rest, "__rel_loc "); ok {
		rest, field.DataLoc, field.RelLoc = strings.TrimSpace(after), true, true
	}
	array := ""
	if strings.HasSuffix(rest, "]") {
		open := strings.LastIndex(rest, "[")
		if open < 0 {
			return Field{}, fmt.Errorf("field %q: no [ for its ]", text)
		}
		rest, array = strings.TrimSpace(rest[:open]), rest[open:]
	}
	start := len(rest)
	for start > 0 && isIdentifier(rest[start-1]) {
		start--
	}
	field.Name = rest[start:]
	field.Type = strings.TrimSpace(rest[:start]) + array
	if field.Name == "" || start == 0 {
		return Field{}, fmt.Errorf("field %q is not a type and a name", text)
	}
	return field, nil
}

func isIdentifier(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
