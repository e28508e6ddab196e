package btftree

import (
	"testing"

	"github.com/cilium/ebpf/btf"
)

// Types that tests build on.
var (
	tChar  = &btf.Int{Name: "char", Size: 1, Encoding: btf.Signed}
	tShort = &btf.Int{Name: "short int", Size: 2, Encoding: btf.Signed}
	tInt   = &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	tUint  = &btf.Int{Name: "unsigned int", Size: 4}
	tLong  = &btf.Int{Name: "long unsigned int", Size: 8}
	tU32   = &btf.Typedef{Name: "u32", Type: tUint}
)

// kernelOf makes a kernel of some types.
func kernelOf(t testing.TB, types ...btf.Type) *Kernel {
	t.Helper()
	k, err := ReadKernel(rawOf(t, types...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rawOf(t testing.TB, types ...btf.Type) []byte {
	t.Helper()
	b, err := btf.NewBuilder(types, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func bytesAt(n int) btf.Bits { return btf.Bits(n * 8) }
