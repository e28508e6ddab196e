package bccgo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// manyPlaces is a program with a probe at n places, whose arguments are in
// several registers.
func manyPlaces(t testing.TB, n int) string {
	t.Helper()
	testenv.NeedSDT(t)
	var text strings.Builder
	text.WriteString("#define _SDT_HAS_SEMAPHORES 1\n#include <sys/sdt.h>\n" +
		"unsigned short many_place_semaphore __attribute__((section(\".probes\")));\n")
	for i := range n {
		register := []string{"eax", "ebx", "ecx", "edx", "esi", "edi"}[i%6]
		fmt.Fprintf(&text, "void f%d(int a) { register int x asm(\"%s\") = a; asm volatile(\"\" : \"+r\"(x)); STAP_PROBE2(many, place, x, %d); }\n", i, register, i%10)
	}
	text.WriteString("int main(void) { return 0; }\n")
	return buildC(t, "gcc", text.String(), "-O1")
}

// BenchmarkLiveUSDT attaches a function to a probe at 500 places, which is to take
// no more than 100 ms, and detaches it.
func BenchmarkLiveUSDT(b *testing.B) {
	testenv.Live(b)
	testenv.NeedUprobes(b)
	if err := SupportUprobeMulti(); err != nil {
		b.Skip(err) // a uprobe each: some kernels take 100 ms to remove one
	}
	u := must(NewUSDT(USDTOptions{Path: manyPlaces(b, 500)}))(b)
	if err := u.EnableProbe("place", "f"); err != nil {
		b.Fatal(err)
	}
	m := loadLive(b, "int f(struct pt_regs *ctx) { int a, b; return bpf_usdt_readarg(1, ctx, &a) + bpf_usdt_readarg(2, ctx, &b) + a + b; }",
		&Options{USDT: []*USDT{u}, NoAutoAttach: true})
	if n := m.usdt.forms["f"].Len(); n != 30 {
		b.Errorf("%d forms", n)
	}
	for b.Loop() {
		links, err := m.AttachUSDT(u)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		begun := time.Now()
		if err := closeLinks(links); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms/detach")
		b.StartTimer()
	}
}
