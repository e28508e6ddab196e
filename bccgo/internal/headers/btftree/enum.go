package btftree

import (
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// enum writes an enum, with a made-up tag if it has none.
func (e *emitter) enum(t *btf.Enum) error {
	if len(t.Values) == 0 {
		return nil // one that is declared only is written as an integer
	}
	if todo, err := e.begin(t); !todo {
		return err
	}
	name, err := e.assigned(t)
	if err != nil {
		return err
	}
	fmt.Fprintf(&e.out, "enum %s {\n", name)
	for _, v := range t.Values {
		if err := identifier(v.Name); err != nil {
			return err
		}
		fmt.Fprintf(&e.out, "\t%s = %s,\n", e.names.enumerator(v.Name), enumValue(t, v.Value))
	}
	fmt.Fprintf(&e.out, "}%s;\n", enumMode(t.Size))
	e.end(t)
	return nil
}

func enumValue(t *btf.Enum, v uint64) string {
	switch {
	case t.Signed && int64(v) == -1<<63:
		return "(-9223372036854775807LL - 1)"
	case t.Signed:
		return fmt.Sprint(int64(v))
	case v > 1<<63-1:
		return fmt.Sprintf("%dULL", v)
	}
	return fmt.Sprint(v)
}

// enumMode gives an enum its size where that is not an int's.
func enumMode(size uint32) string {
	mode := map[uint32]string{1: "QI", 2: "HI", 8: "DI"}[size]
	if mode == "" {
		return ""
	}
	return " __attribute__((mode(" + mode + ")))"
}
