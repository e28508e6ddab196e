package bccgo

import (
	"errors"
	"iter"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// QueueMap is a table without keys: a queue (BPF_QUEUE, first in, first out) or
// a stack (BPF_STACK, last in, first out). It needs Linux 4.20. All methods may
// be called from several goroutines; a nil QueueMap returns errors.
type QueueMap[V any] struct {
	table *Table
}

// Queue opens a queue or a stack with a Go type for its values, which is checked
// as Map checks types.
func Queue[V any](m *Module, name string) (*QueueMap[V], error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	if !t.isQueue() {
		return nil, t.kindError("open table as a queue", "a queue or a stack")
	}
	if err := checkType[V](t.value, t.spec.ValueSize, "value of table", name); err != nil {
		return nil, err
	}
	return &QueueMap[V]{table: t}, nil
}

func (q *QueueMap[V]) tab() *Table {
	if q == nil {
		return nil
	}
	return q.table
}

// Table is the same table without Go types.
func (q *QueueMap[V]) Table() *Table {
	if t := q.tab(); t != nil {
		return t
	}
	return &Table{err: errNoTable}
}

// Push adds a value. When the queue is full it is a *FullError.
func (q *QueueMap[V]) Push(value V) error {
	return q.tab().fail(q.tab().updateElem(nil, layout.Bytes(&value), sysbpf.Any))
}

// PushOver adds a value, at the cost of the oldest when the queue is full.
func (q *QueueMap[V]) PushOver(value V) error {
	return q.tab().fail(q.tab().updateElem(nil, layout.Bytes(&value), sysbpf.Exist))
}

// Pop removes and returns the value that is next; ErrEmpty if there is none.
func (q *QueueMap[V]) Pop() (V, error) {
	var v V
	err := q.tab().takeElem(nil, layout.Bytes(&v))
	return v, q.tab().fail(err)
}

// Peek returns the value that is next without removing it; ErrEmpty if there is
// none.
func (q *QueueMap[V]) Peek() (V, error) {
	var v V
	err := q.tab().lookupElem(nil, layout.Bytes(&v))
	return v, q.tab().fail(err)
}

// Drain pops values until the queue is empty, or as many as it can hold have
// come: so it ends even if a program pushes as fast. Each value is popped when
// the loop asks for it, and a loop left early leaves the others in. An error is
// the last element.
func (q *QueueMap[V]) Drain() iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		for range max(q.tab().MaxEntries(), 1) {
			v, err := q.Pop()
			if errors.Is(err, ErrEmpty) {
				return
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Clear removes all values, as Table.Clear does.
func (q *QueueMap[V]) Clear() error { return q.tab().Clear() }

// Push adds a value to a queue or stack, as QueueMap.Push does. Values are what
// Set takes.
func (t *Table) Push(value any) error { return t.push(value, sysbpf.Any) }

// PushOver adds a value to a queue or stack at the cost of the oldest, as
// QueueMap.PushOver does.
func (t *Table) PushOver(value any) error { return t.push(value, sysbpf.Exist) }

func (t *Table) push(value any, flags uint64) error {
	if err := t.wantQueue("push"); err != nil {
		return err
	}
	v, err := t.encode(valuePart, value)
	if err != nil {
		return err
	}
	return t.fail(t.updateElem(nil, v, flags))
}

// Pop removes and returns the next value of a queue or stack; ErrEmpty if there
// is none.
func (t *Table) Pop() (Value, error) { return t.next("pop", t.takeElem) }

// Peek returns the next value of a queue or stack without removing it; ErrEmpty
// if there is none.
func (t *Table) Peek() (Value, error) { return t.next("peek", t.lookupElem) }

func (t *Table) next(op string, read func(key, value []byte) error) (Value, error) {
	if err := t.wantQueue(op); err != nil {
		return Value{}, err
	}
	c, err := t.typeOf(valuePart)
	if err != nil {
		return Value{}, err
	}
	v := make([]byte, t.spec.ValueSize)
	if err := read(nil, v); err != nil {
		return Value{}, t.fail(err)
	}
	return c.At(v)
}

func (t *Table) wantQueue(op string) error {
	if err := t.usable(); err != nil {
		return err
	}
	if !t.isQueue() {
		return t.kindError(op, "a queue or a stack")
	}
	return nil
}

// clearQueue pops as many values as there can be.
func (t *Table) clearQueue() error {
	v := make([]byte, t.spec.ValueSize)
	for range t.MaxEntries() {
		err := t.takeElem(nil, v)
		if errors.Is(err, ErrKeyNotExist) {
			return nil
		}
		if err != nil {
			return t.fail(err)
		}
	}
	return nil
}
