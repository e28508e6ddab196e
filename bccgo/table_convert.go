package bccgo

import (
	"errors"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Key makes the C key of a Go value that fits, as Get does.
func (t *Table) Key(key any) (Value, error) { return t.convert(keyPart, key) }

// Value makes the C value of a Go value that fits, as Set does.
func (t *Table) Value(value any) (Value, error) { return t.convert(valuePart, value) }

// ParseKey reads a key from a text: a number in C's notation, a quoted or bare
// text for a char array, an enumeration's name, and for structs and arrays a C
// initializer:
//
//	42    0x2a    'x'    "sda"    TASK_RUNNING
//	{ 0x1, "sda", [ 1 2 ] }
//	{ .pid = 1, .comm = "bash" }
//
// Commas and the outer braces may be left out, and what Value.String prints is
// read too. Texts that do not fit give a *LayoutError around a *ValueError.
func (t *Table) ParseKey(text string) (Value, error) { return t.parse(keyPart, text) }

// ParseValue reads a value from a text as ParseKey reads a key.
func (t *Table) ParseValue(text string) (Value, error) { return t.parse(valuePart, text) }

// part is one half of a table's entries, as messages name it.
type part string

const (
	keyPart   part = "key of table"
	valuePart part = "value of table"
)

// typeOf is the C type of a part.
func (t *Table) typeOf(p part) (*layout.Type, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	c := t.value
	if p == keyPart {
		c = t.key
	}
	if c == nil {
		return nil, t.misfit(p, errors.New("its C type is not known"))
	}
	return c, nil
}

func (t *Table) misfit(p part, err error) error {
	return &LayoutError{Op: string(p), Table: t.Name(), Err: err}
}

func (t *Table) convert(p part, x any) (Value, error) {
	c, err := t.typeOf(p)
	if err != nil {
		return Value{}, err
	}
	v, err := c.Encode(x)
	if err != nil {
		return Value{}, t.misfit(p, err)
	}
	return v, nil
}

func (t *Table) parse(p part, text string) (Value, error) {
	c, err := t.typeOf(p)
	if err != nil {
		return Value{}, err
	}
	v, err := c.Parse(text)
	if err != nil {
		return Value{}, t.misfit(p, err)
	}
	return v, nil
}

// encode is convert to bytes.
func (t *Table) encode(p part, x any) ([]byte, error) {
	v, err := t.convert(p, x)
	return v.Bytes(), err
}
