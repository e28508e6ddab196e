package bccgo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

const emptyFunction = "\nint f(void *ctx)\n{\n\treturn 0;\n}\n"

// TestEnvironmentHeaders names headers by each variable that does.
func TestEnvironmentHeaders(t *testing.T) {
	release := must(HostTarget())(t).Release
	for _, name := range []string{"BCC_KERNEL_SOURCE", "BCC_KERNEL_MODULES_SUFFIX"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("BCCGO_HEADERS", "")
			t.Setenv("BCC_KERNEL_SOURCE", "")
			dir := filepath.Join("/lib/modules", release, "no-such-tree")
			value := dir
			if name != "BCC_KERNEL_SOURCE" {
				value = "no-such-tree"
			}
			t.Setenv(name, value)
			_, err := Compile(emptyFunction, nil)
			if none := new(HeadersError); !errors.As(err, &none) || len(none.Tried) != 1 || !strings.HasPrefix(none.Tried[0], dir+":") {
				t.Errorf("got %v, want that only %s was tried", err, dir)
			}
		})
	}
}

// TestEnvironmentKernelSource compiles with the headers that foreignHeaders
// finds, named by BCC's variable.
func TestEnvironmentKernelSource(t *testing.T) {
	foreignHeaders(t)
	dir := os.Getenv("BCCGO_HEADERS")
	if dir == "" {
		dir = os.Getenv("BCC_KERNEL_SOURCE")
	}
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", dir)
	if _, err := Compile(emptyFunction, nil); err != nil {
		t.Error(err)
	}
}

func TestEnvironmentLinuxVersionCode(t *testing.T) {
	foreignHeaders(t)
	const text = `
#if LINUX_VERSION_CODE_OVERRIDE != 0x50407
#error the version was not overridden
#endif
` + emptyFunction
	if _, err := Compile(text, nil); err == nil || !strings.Contains(err.Error(), "the version was not overridden") {
		t.Errorf("without: %v", err)
	}
	t.Setenv("BCC_LINUX_VERSION_CODE", "0x50407")
	b, err := Compile(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.Diagnostics(), "0x50407") {
		t.Errorf("libbcc's warning is not in %q", b.Diagnostics())
	}
}

func TestEnvironmentArch(t *testing.T) {
	foreignHeaders(t)
	const text = `
#ifdef __TARGET_ARCH_s390
#error for s390
#endif
` + emptyFunction
	if _, err := Compile(text, nil); err != nil {
		t.Errorf("without: %v", err)
	}
	t.Setenv("ARCH", "s390x")
	// These headers are of one architecture, so that nothing else can compile.
	_, err := Compile(text, nil)
	if refused := new(CompileError); !errors.As(err, &refused) || !strings.Contains(err.Error(), "asm/") && !strings.Contains(err.Error(), "for s390") {
		t.Errorf("libbcc did not heed it: %v", err)
	}
}

func TestEnvironmentLibrary(t *testing.T) {
	if testenv.Current() == testenv.StageVM {
		t.Skip("the compiler runs outside of the machine, where its files are not")
	}
	foreignHeaders(t)
	t.Setenv("LIBBCC_SO_PATH", "/no/such/libbcc.so")
	_, err := Compile(emptyFunction, nil)
	if library := new(LibraryError); !errors.As(err, &library) || library.Library != "/no/such/libbcc.so" {
		t.Errorf("got %v", err)
	}
	found, err := filepath.Glob("/usr/lib*/*/libbcc.so.0")
	if err != nil || len(found) == 0 {
		t.Skip("libbcc is not where Debian puts it: ", err)
	}
	link := filepath.Join(t.TempDir(), "libother.so")
	if err := os.Symlink(found[0], link); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LIBBCC_SO_PATH", link)
	if _, err := Compile(emptyFunction, nil); err != nil {
		t.Error(err)
	}
}
