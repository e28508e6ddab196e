package bccgo

import "github.com/bccgo/bcc/bccgo/internal/sysbpf"

// Get returns the value of a key; ErrKeyNotExist if there is none.
//
// The key is a Go value that fits the C type: an integer, a string for a char
// array, a struct of the same layout, a list of a struct's members in order, a
// map of them by name, the exact bytes, or a Value from elsewhere. One that
// does not fit gives a *LayoutError around a *ValueError. In a longest-prefix
// table, it is the value of the longest prefix that contains the key. The table
// must have one value a key, not one for each CPU: see Lookup.
func (t *Table) Get(key any) (Value, error) {
	if err := t.wantEntries("get a value"); err != nil {
		return Value{}, err
	}
	if perCPU(t.Kind()) {
		return Value{}, t.kindError("get a value", "a table of one value a key: Lookup gives all of them")
	}
	e, err := t.Lookup(key)
	return e.Value, err
}

// Lookup returns the entry of a key; ErrKeyNotExist if there is none. Keys are
// those of Get. In per-CPU tables the entry has the value of each possible CPU,
// and Entry.Sum and its like reduce them to one.
func (t *Table) Lookup(key any) (Entry, error) {
	return t.lookup(key, t.lookupElem)
}

// LookupAndDelete returns the entry of a key and removes it, in one step since
// Linux 5.14. Before, what a program adds between the two steps is lost.
// Arrays keep their entries: for them it is a *KindError.
func (t *Table) LookupAndDelete(key any) (Entry, error) {
	if err := t.usable(); err == nil && t.IsArray() {
		return Entry{}, t.kindError("take an entry", "a table whose entries can be removed")
	}
	return t.lookup(key, t.takeElem)
}

func (t *Table) lookup(key any, read func(key, value []byte) error) (Entry, error) {
	if err := t.wantEntries("look up"); err != nil {
		return Entry{}, err
	}
	k, err := t.encode(keyPart, key)
	if err != nil {
		return Entry{}, err
	}
	size, err := t.valueBytes()
	if err != nil {
		return Entry{}, t.fail(err)
	}
	v := make([]byte, size)
	if err := read(k, v); err != nil {
		return Entry{}, t.fail(err)
	}
	return t.entry(k, v)
}

// Set sets the value of a key, whether or not there is one, on all CPUs in
// per-CPU tables. Keys and values are what Get takes as keys. A table without
// room gives a *FullError.
func (t *Table) Set(key, value any) error { return t.set(key, value, sysbpf.Any) }

// Insert is Set for a new key; ErrKeyExist if it is not new.
func (t *Table) Insert(key, value any) error { return t.set(key, value, sysbpf.NoExist) }

// Replace is Set for a key that is there; ErrKeyNotExist if it is not.
func (t *Table) Replace(key, value any) error { return t.set(key, value, sysbpf.Exist) }

func (t *Table) set(key, value any, flags uint64) error {
	if err := t.wantWritable("set a value"); err != nil {
		return err
	}
	k, err := t.encode(keyPart, key)
	if err != nil {
		return err
	}
	one, err := t.encode(valuePart, value)
	if err != nil {
		return err
	}
	size, err := t.valueBytes()
	if err != nil {
		return t.fail(err)
	}
	v := one
	if size != len(one) {
		v = make([]byte, size)
		for at := 0; at < size; at += roundUp8(len(one)) {
			copy(v[at:], one)
		}
	}
	return t.fail(t.updateElem(k, v, flags))
}

// SetPerCPU sets the values of a key in a per-CPU table, one for each possible
// CPU in order.
func (t *Table) SetPerCPU(key any, values []any) error {
	if err := t.wantWritable("set values"); err != nil {
		return err
	}
	if !perCPU(t.Kind()) {
		return t.kindError("set the values of all CPUs", "a per-CPU table")
	}
	k, err := t.encode(keyPart, key)
	if err != nil {
		return err
	}
	size, err := t.valueBytes()
	if err != nil {
		return t.fail(err)
	}
	stride := roundUp8(int(t.spec.ValueSize))
	if len(values)*stride != size {
		return t.fail(cpuCountError(len(values), size/stride))
	}
	v := make([]byte, size)
	for i, value := range values {
		one, err := t.encode(valuePart, value)
		if err != nil {
			return err
		}
		copy(v[i*stride:], one)
	}
	return t.fail(t.updateElem(k, v, sysbpf.Any))
}

// Delete removes a key; ErrKeyNotExist if there is none. Arrays always have all
// their entries: there it sets the value to zero, as BCC does.
func (t *Table) Delete(key any) error {
	if err := t.wantEntries("delete"); err != nil {
		return err
	}
	k, err := t.encode(keyPart, key)
	if err != nil {
		return err
	}
	return t.fail(t.remove(k))
}

// remove deletes a key, or in an array sets its value to zero.
func (t *Table) remove(k []byte) error {
	if !t.IsArray() {
		return t.deleteElem(k)
	}
	size, err := t.valueBytes()
	if err != nil {
		return err
	}
	return t.updateElem(k, make([]byte, size), sysbpf.Any)
}

// wantWritable refuses tables that user space cannot store values in.
func (t *Table) wantWritable(op string) error {
	if err := t.wantEntries(op); err != nil {
		return err
	}
	if t.isStackTrace() {
		return t.kindError(op, "a table that programs and user space both write")
	}
	return nil
}
