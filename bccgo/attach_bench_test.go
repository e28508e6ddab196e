package bccgo

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// BenchmarkAttachKprobeRe compares one link for many functions with one each.
func BenchmarkAttachKprobeRe(b *testing.B) {
	testenv.VM(b)
	testenv.NeedKprobes(b)
	functions, err := KprobeFunctions("[a-d][a-z_]*")
	if err != nil || len(functions) < 500 {
		b.Fatalf("%d functions, %v", len(functions), err)
	}
	m := loadLive(b, "int f(void *ctx) { return 0; }", nil)
	for name, pattern := range map[string]string{
		"vfs": "vfs_.*",
		"500": strings.Join(functions[:500], "|"),
	} {
		b.Run(name+"/together", func(b *testing.B) {
			needKprobeMulti(b)
			attachAndClose(b, m, pattern)
		})
		b.Run(name+"/one_by_one", func(b *testing.B) {
			canKprobeMulti = func() error { return errors.New("not in this measurement") }
			defer func() { canKprobeMulti = SupportKprobeMulti }()
			attachAndClose(b, m, pattern)
		})
	}
}

func attachAndClose(b *testing.B, m *Module, pattern string) {
	var attach, detach time.Duration
	var targets int
	for b.Loop() {
		start := time.Now()
		l, err := m.AttachKprobeRe(pattern, "f", nil)
		if err != nil {
			b.Fatal(err)
		}
		targets = len(l.Targets())
		attached := time.Now()
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		attach, detach = attach+attached.Sub(start), detach+time.Since(attached)
	}
	b.ReportMetric(float64(targets), "functions")
	b.ReportMetric(attach.Seconds()*1000/float64(b.N), "attach-ms/op")
	b.ReportMetric(detach.Seconds()*1000/float64(b.N), "detach-ms/op")
}
