package btftree_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// theKernels are the kernels whose types are at hand: the running one, and those
// that test machines were started with.
func theKernels(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err == nil {
		found["running"] = "/sys/kernel/btf/vmlinux"
	}
	list, err := filepath.Glob("../../../../.build/vm/target-*/vmlinux.btf")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		found[strings.TrimPrefix(filepath.Base(filepath.Dir(file)), "target-")] = file
	}
	if len(found) == 0 {
		t.Skip("no kernel's BTF is at hand")
	}
	return found
}

func readKernel(t testing.TB, file string) *btftree.Kernel {
	t.Helper()
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this kernel has no BTF")
	}
	if err != nil {
		t.Fatal(err)
	}
	k, err := btftree.ReadKernel(data)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
