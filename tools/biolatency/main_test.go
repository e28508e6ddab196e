package main

import (
	"encoding/binary"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// pack is how the program makes a group of a tracepoint's letters.
func pack(letters string) uint64 {
	var raw [8]byte
	copy(raw[:], letters)
	return binary.NativeEndian.Uint64(raw[:])
}
