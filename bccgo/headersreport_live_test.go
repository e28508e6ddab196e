package bccgo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/internal/testenv"
)

// report returns the checks of a report by their ids.
func report(t *testing.T, o *Options) map[string]HostCheck {
	t.Helper()
	list, err := HeadersReport(o)
	if err != nil {
		t.Fatal(err)
	}
	checks := make(map[string]HostCheck)
	for _, c := range list {
		checks[c.ID] = c
	}
	return checks
}

// wantCheck compares a check.
func wantCheck(t *testing.T, c HostCheck, status HostStatus, parts ...string) {
	t.Helper()
	all := strings.Join(append([]string{c.Value, c.Why}, c.Fix...), "\n")
	for _, part := range parts {
		if c.Status != status || !strings.Contains(all, part) {
			t.Errorf("%s: %+v, want %s and %q", c.ID, c, status, part)
		}
	}
}

// noHeadersNamed has the environment name no headers.
func noHeadersNamed(t *testing.T) {
	for _, name := range []string{"BCCGO_HEADERS", "BCC_KERNEL_SOURCE", "BCC_KERNEL_MODULES_SUFFIX"} {
		t.Setenv(name, "")
	}
}

// TestLiveHeadersReport compares the report with what this kernel has.
func TestLiveHeadersReport(t *testing.T) {
	testenv.Live(t)
	noHeadersNamed(t)
	checks := report(t, &Options{Cache: filepath.Join(t.TempDir(), "none")})
	wantCheck(t, checks["headers"], HostOK, "made from types", "(auto, by default)")
	wantCheck(t, checks["types"], HostOK, typesFile+", ", " types, opened in ")
	countedTypes(t, checks["types"].Value)
	wantCheck(t, checks["module_types"], HostOK, "")
	wantCheck(t, checks["version_code"], HostOK, "KERNEL_VERSION(6, ")
	wantCheck(t, checks["fallbacks"], HostOK, "there is no cache")
	for choice, want := range map[string]string{"btf": "made from types (btf, by the caller)", "/no/such/tree": "/no/such/tree"} {
		c := report(t, &Options{Headers: choice})["headers"]
		wantCheck(t, c, map[bool]HostStatus{true: HostOK, false: HostFail}[choice == "btf"], want)
	}
	t.Setenv("BCCGO_HEADERS", "btf")
	wantCheck(t, report(t, nil)["headers"], HostOK, "(btf, by BCCGO_HEADERS)")
}

// countedTypes wants that a check tells how many types the kernel has.
func countedTypes(t *testing.T, value string) {
	t.Helper()
	spec, err := btf.LoadSpec(typesFile)
	if err != nil {
		t.Fatal(err)
	}
	var n uint32
	if _, err := fmt.Sscanf(value, typesFile+", %d types", &n); err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	_, last := spec.TypeByID(btf.TypeID(n))
	if _, beyond := spec.TypeByID(btf.TypeID(n + 1)); last != nil || !errors.Is(beyond, btf.ErrNotFound) {
		t.Errorf("%s: type %d: %v, type %d: %v", value, n, last, n+1, beyond)
	}
}

// TestLiveHeadersReportOfTarget reports on descriptions that lack something.
func TestLiveHeadersReportOfTarget(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	noHeadersNamed(t)
	dir, target := dumped(t)
	target.Release += "-other"
	checks := report(t, &Options{Target: target})
	wantCheck(t, checks["kernel"], HostOK, target.Release)
	wantCheck(t, checks["types"], HostOK, filepath.Join(dir, "vmlinux.btf"))
	target.Config = ""
	wantCheck(t, report(t, &Options{Target: target})["config"], HostWarn, "CONFIG_", "counts as off", "target's folder")
	if err := os.Truncate(target.BTF, 1000); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, report(t, &Options{Target: target})["types"], HostWarn, "read the types (BTF) of vmlinux")
	target.BTF = ""
	checks = report(t, &Options{Target: target})
	wantCheck(t, checks["types"], HostWarn, "no vmlinux.btf", "target dump")
	wantCheck(t, checks["headers"], HostFail, "none (auto, by default)", "linux-headers-")
}

// TestLiveHeadersFallback compiles what types have no word for, with installed
// headers, and finds the program listed.
func TestLiveHeadersFallback(t *testing.T) {
	ownCache(t)
	release := filepath.Base(os.Getenv("BCCGO_HEADERS"))
	noHeadersNamed(t)
	host, err := HostTarget()
	if err != nil {
		t.Fatal(err)
	}
	target := &Target{Release: release, Machine: host.Machine, PossibleCPUs: 1, OnlineCPUs: 1, BTF: typesFile}
	const text = "#include <uapi/linux/input-event-codes.h>\nint f(void *ctx)\n{\n\treturn BTN_TOOL_QUINTTAP;\n}\n"
	o := &Options{Target: target, FileName: "keys.c"}
	wantCheck(t, report(t, o)["fallbacks"], HostOK)
	const lack = "use of undeclared identifier 'BTN_TOOL_QUINTTAP'"
	for _, hit := range []bool{false, true} {
		b := wantCompile(t, text, o, hit)
		if b.Headers() == "btf" || b.TypesLack() != lack {
			t.Errorf("compiled with %q, for want of %q", b.Headers(), b.TypesLack())
		}
	}
	if b := wantCompile(t, "int f(void *ctx) { return 0; }", o, false); b.Headers() != "btf" || b.TypesLack() != "" {
		t.Errorf("compiled with %q, for want of %q", b.Headers(), b.TypesLack())
	}
	wantCheck(t, report(t, o)["fallbacks"], HostWarn, "1 compiled with installed headers", "keys.c: "+lack)
	target.Release += "-other"
	wantCheck(t, report(t, o)["fallbacks"], HostOK, "none in the cache")
	target.Release = release
	o.Headers = "btf"
	var refused *CompileError
	if _, err := Compile(text, o); !errors.As(err, &refused) {
		t.Errorf("with types alone: %v", err)
	}
}
