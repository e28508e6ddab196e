package bccgo

import (
	"path/filepath"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// BenchmarkFirstProbe chooses as tools do: with a cache from the second time on,
// and without.
func BenchmarkFirstProbe(b *testing.B) {
	testenv.VM(b)
	testenv.NeedKprobes(b)
	for name, dir := range map[string]string{"off": CacheOff, "cache": filepath.Join(b.TempDir(), "cache")} {
		for choice, probes := range map[string][]string{
			"there":    {"kprobe:tcp_v4_connect"},
			"second":   {"kprobe:__blk_account_io_done_", "kprobe:blk_update_request"},
			"none":     {"kprobe:no_such_function"},
			"raw none": {"raw_tracepoint:block_io_done_"},
		} {
			b.Run(name+"/"+choice, func(b *testing.B) {
				b.Setenv("BCCGO_CACHE", dir)
				_, _ = FirstProbe(probes...) // there may be none; what counts comes next
				for b.Loop() {
					if _, err := FirstProbe(probes...); (err == nil) != (choice == "there" || choice == "second") {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
