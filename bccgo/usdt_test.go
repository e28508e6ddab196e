package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// shopFile is the program of the live tests as a file to look into.
func shopFile(t testing.TB) string {
	t.Helper()
	testenv.NeedSDT(t)
	return buildC(t, "gcc", shopText, "-O2", "-pthread", "-ldl")
}

func TestUSDTProbes(t *testing.T) {
	path := shopFile(t)
	u, err := NewUSDT(USDTOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range u.Probes() {
		names = append(names, p.String())
		if p.Path != path || p.Semaphore == 0 || len(p.Locations) == 0 {
			t.Errorf("%+v", p)
		}
		for _, l := range p.Locations {
			if l.Err != nil || l.Offset != fileOffset(t, path, l.Address) || len(l.Arguments) != len(p.Arguments) {
				t.Errorf("%s: %+v", p, l)
			}
		}
		if p.Name == "small" {
			var types []string
			for _, a := range p.Arguments {
				types = append(types, fmt.Sprintf("%s %d %v", a.CType, a.Size, a.Signed))
			}
			want := []string{"int8_t 1 true", "uint8_t 1 false", "int16_t 2 true", "uint16_t 2 false", "int32_t 4 true",
				"uint32_t 4 false", "int64_t 8 true", "uint64_t 8 false"}
			if !slices.Equal(types, want) {
				t.Errorf("arguments %q", types)
			}
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"shop:closed", "shop:empty", "shop:sale", "shop:small", "shop:till"}) {
		t.Errorf("probes %v", names)
	}
	for index, want := range []string{"int64_t", "int32_t", "uint64_t"} {
		if got, err := u.ProbeArgType("sale", index); got != want || err != nil {
			t.Errorf("argument %d: %s, %v", index, got, err)
		}
	}
	for _, index := range []int{-1, 3} {
		if _, err := u.ProbeArgType("shop:sale", index); err == nil || !strings.Contains(err.Error(), "3 arguments") {
			t.Errorf("argument %d: %v", index, err)
		}
	}
}

func TestUSDTRefusals(t *testing.T) {
	path := shopFile(t)
	u := must(NewUSDT(USDTOptions{Path: path}))(t)
	for _, name := range []string{"sail", "shop:sail", "stop:sale", "", "shop:*", "*"} {
		var none *ProbeNotFoundError
		if err := u.EnableProbe(name, "f"); !errors.As(err, &none) || len(none.Have) != 5 || none.In != path {
			t.Errorf("%q: %v", name, err)
		} else if strings.Contains(name, "s") && !strings.Contains(name, "*") && len(none.Nearest) == 0 {
			t.Errorf("%q: no nearest: %v", name, err)
		}
	}
	if err := u.EnableProbe("sale", "no function"); err == nil || !strings.Contains(err.Error(), "name of a C function") {
		t.Error(err)
	}
	if err := u.Close(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(u.Close(), (*USDT)(nil).Close()); err != nil {
		t.Error(err)
	}
	if err := u.EnableProbe("sale", "f"); !errors.Is(err, errUSDTClosed) {
		t.Errorf("after closing: %v", err)
	}
	text := t.TempDir() + "/text"
	writeText(t, text, "no program\n")
	var format *ProbeFormatError
	var file *FileError
	var none *NoProbesError
	for name, c := range map[string]struct {
		o    USDTOptions
		want any
	}{
		"nothing": {USDTOptions{}, nil}, "text": {USDTOptions{Path: text}, &format}, "missing": {USDTOptions{Path: "/no/such"}, &file},
		"library": {USDTOptions{Path: "no-such-library"}, &file}, "process": {USDTOptions{PID: 1 << 30}, &file},
		"negative": {USDTOptions{PID: -1}, &file}, "path in a missing process": {USDTOptions{PID: 1 << 30, Path: path}, &file},
		"no probes": {USDTOptions{Path: buildC(t, "gcc", "int main(void) { return 0; }")}, &none},
	} {
		_, err := NewUSDT(c.o)
		if err == nil || c.want != nil && !errors.As(err, c.want) {
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
	if _, err := NewUSDT(USDTOptions{PID: 1 << 30}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no such process") {
		t.Error(err)
	}
}

// A name that two providers have is refused without the provider.
func TestUSDTAmbiguous(t *testing.T) {
	testenv.NeedSDT(t)
	path := buildC(t, "gcc", "#include <sys/sdt.h>\nint main(void)\n{\n\tSTAP_PROBE(one, done);\n\tSTAP_PROBE(two, done);\n\treturn 0;\n}\n")
	u := must(NewUSDT(USDTOptions{Path: path}))(t)
	var several *AmbiguousProbeError
	if err := u.EnableProbe("done", "f"); !errors.As(err, &several) || !slices.Equal(several.Have, []string{"one:done", "two:done"}) {
		t.Error(err)
	}
	if err := u.EnableProbe("two:done", "f"); err != nil {
		t.Error(err)
	}
	if text, err := u.Text(); text != "" || err != nil {
		t.Errorf("readers of nothing: %v\n%s", err, text)
	}
}

// This process has no probes of its own, its libraries may.
func TestUSDTOwnProcess(t *testing.T) {
	u, err := NewUSDT(USDTOptions{PID: os.Getpid()})
	var none *NoProbesError
	if err != nil && !errors.As(err, &none) || err == nil && len(u.Probes()) == 0 {
		t.Error(err)
	}
}
