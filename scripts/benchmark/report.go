package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// report is the result as Markdown.
func (b *bench) report() (string, error) {
	machine, err := describeMachine()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString(machine)
	fmt.Fprintf(&out, "Rounds: %d. Figures are medians, with the least and the greatest in brackets.\n", b.rounds)
	fmt.Fprintf(&out, "Load average: %s when it began, %s when it ended.\n", b.load, loadAverage())
	b.reportStart(&out)
	b.reportTools(&out)
	b.reportPrograms(&out)
	b.reportEvents(&out)
	b.reportTable(&out)
	b.reportTargets(&out)
	return out.String(), nil
}

func (b *bench) reportStart(out *strings.Builder) {
	out.WriteString("\n### Hello world: from exec to attached\n\n")
	out.WriteString("| | ms | × bccgo | peak RSS, MiB | compile child's peak, MiB |\n|---|--:|--:|--:|--:|\n")
	base := b.get(ours, "start ms").median()
	for _, name := range []string{ours, typed, warm, noCgo, coRE, python, gobpf} {
		ms := b.get(name, "start ms")
		fmt.Fprintf(out, "| %s | %s | %.2f | %s | %s |\n", name, ms.text(), ms.median()/base,
			b.get(name, "rss MiB").text(), b.get(name, "child MiB").text())
	}
}

func (b *bench) reportTools(out *strings.Builder) {
	out.WriteString("\n### Tools: from exec to attached\n\n")
	out.WriteString("| | ms | × from the cache | peak RSS, MiB |\n|---|--:|--:|--:|\n")
	for _, p := range compared {
		base := b.get(p.name()+fromCache, "start ms").median()
		for _, name := range []string{p.name(), p.name() + fromTypes, p.name() + fromCache, pythonTextOf(p)} {
			ms := b.get(name, "start ms")
			fmt.Fprintf(out, "| %s | %s | %.1f | %s |\n", name, ms.text(), ms.median()/base, b.get(name, "rss MiB").text())
		}
	}
}

func (b *bench) reportPrograms(out *strings.Builder) {
	attached := int(b.get(allPrograms+fromCache, "attached").median())
	fmt.Fprintf(out, "\n### %d programs, one after the other: from exec to attached\n\n", len(programs))
	if rest := len(programs) - attached; rest > 0 {
		fmt.Fprintf(out, "%d of them attach. The other %d are loaded and then end, for want of kprobes in this kernel; they count until their end.\n\n", attached, rest)
	}
	out.WriteString("| | s, all together | × from the cache | ms, the slowest |\n|---|--:|--:|--:|\n")
	base := b.get(allPrograms+fromCache, "total s").median()
	for _, row := range []struct{ label, name string }{{"compiling, once", allPrograms}, {"from the cache", allPrograms + fromCache}} {
		total := b.get(row.name, "total s")
		fmt.Fprintf(out, "| %s | %s | %.1f | %s |\n", row.label, total.text(), total.median()/base, b.get(row.name, "slowest ms").text())
	}
}

func (b *bench) reportEvents(out *strings.Builder) {
	fmt.Fprintf(out, "\n### Events: %s of 32 bytes from one thread\n\n", commas(int64(b.events)))
	out.WriteString("| | consumer's CPU, µs an event | × bccgo | events/s | lost | allocations an event |\n|---|--:|--:|--:|--:|--:|\n")
	base := b.get(perfDefault, "µs/event").median()
	for _, name := range []string{perfDefault, ringDefault, perfImmediate, ringImmediate, python, pythonLarge, pythonBatched, gobpf} {
		cost := b.get(name, "µs/event")
		fmt.Fprintf(out, "| %s | %s | %.1f | %s | %s | %s |\n", name, cost.text(), cost.median()/base,
			b.get(name, "events/s").text(), b.get(name, "lost").text(), perEvent(b.get(name, "mallocs/event")))
	}
}

// perEvent is a median to two decimals: a few allocations at the start of a
// stream are none per event.
func perEvent(s samples) string {
	if len(s) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", s.median())
}

func (b *bench) reportTable(out *strings.Builder) {
	fmt.Fprintf(out, "\n### Reading a hash of %s entries, u64 to u64\n\n", commas(int64(b.entries)))
	out.WriteString("| | ms | × bccgo |\n|---|--:|--:|\n")
	base := b.get(ours+" TypedMap.All", "read ms").median()
	for _, name := range []string{ours + " TypedMap.All", ours + " Table.Entries", python + " items", python + " items_lookup_batch", gobpf + " table iterator"} {
		ms := b.get(name, "read ms")
		fmt.Fprintf(out, "| %s | %s | %.1f |\n", name, ms.text(), ms.median()/base)
	}
}

// target is a figure that is to stay within a limit.
type target struct {
	what   string
	value  float64
	atMost bool // the limit is an upper one
	limit  float64
	unit   string
}

func (t target) met() bool {
	if t.atMost {
		return t.value <= t.limit
	}
	return t.value >= t.limit
}

func (t target) text() string {
	verdict, sign := "MISS", "≥"
	if t.met() {
		verdict = "PASS"
	}
	if t.atMost {
		sign = "≤"
	}
	return fmt.Sprintf("| %s | %s %s%s | %s%s | %s |\n", t.what, sign, digits(t.limit), t.unit, digits(t.value), t.unit, verdict)
}

func (b *bench) targets() []target {
	ratio := func(more, less samples) float64 { return more.median() / less.median() }
	cost, ring := b.get(perfDefault, "µs/event"), b.get(ringDefault, "µs/event")
	return []target{
		{what: "start, bccgo to Python BCC", value: ratio(b.get(ours, "start ms"), b.get(python, "start ms")), atMost: true, limit: 1.1, unit: " ×"},
		{what: "start, bccgo to gobpf in process", value: ratio(b.get(ours, "start ms"), b.get(gobpf, "start ms")), atMost: true, limit: 1.05, unit: " ×"},
		b.typesTarget("hello world", typed, python, 1./2),
		b.typesTarget(compared[0].name(), compared[0].name()+fromTypes, pythonTextOf(compared[0]), 1./3),
		b.typesTarget(largest[0].name(), largest[0].name()+fromTypes, pythonTextOf(largest[0]), 1./8),
		{what: "peak RSS of the compile child, headers made from types to files", value: ratio(b.get(typed, "child MiB"), b.get(ours, "child MiB")), atMost: true, limit: 1, unit: " ×"},
		{what: "start from the cache", value: b.get(warm, "start ms").median(), atMost: true, limit: 15, unit: " ms"},
		{what: "start, Python BCC to bccgo from the cache", value: ratio(b.get(python, "start ms"), b.get(warm, "start ms")), limit: 80, unit: " ×"},
		{what: "start, bccgo from the cache to a CO-RE object", value: ratio(b.get(warm, "start ms"), b.get(coRE, "start ms")), atMost: true, limit: 2, unit: " ×"},
		{what: "start of " + largest[0].name() + fromCache, value: b.get(largest[0].name()+fromCache, "start ms").median(), atMost: true, limit: 40, unit: " ms"},
		{what: "start of " + largest[1].name() + fromCache, value: b.get(largest[1].name()+fromCache, "start ms").median(), atMost: true, limit: 40, unit: " ms"},
		{what: fmt.Sprintf("start of %d programs from the cache", len(programs)), value: b.get(allPrograms+fromCache, "total s").median(), atMost: true, limit: 2, unit: " s"},
		{what: "peak RSS, started from the cache", value: b.get(warm, "rss MiB").median(), atMost: true, limit: 8, unit: " MiB"},
		{what: "peak RSS, started from the cache, built without cgo", value: b.get(noCgo, "rss MiB").median(), atMost: true, limit: 8, unit: " MiB"},
		{what: "peak RSS of a bccgo program", value: b.get(ours, "rss MiB").median(), atMost: true, limit: 20, unit: " MiB"},
		{what: "CPU an event, Python BCC to bccgo's perf buffer", value: ratio(b.get(python, "µs/event"), cost), limit: 30, unit: " ×"},
		{what: "CPU an event, gobpf to bccgo's perf buffer", value: ratio(b.get(gobpf, "µs/event"), cost), limit: 40, unit: " ×"},
		{what: "CPU an event, bccgo's perf buffer to its ring buffer", value: ratio(cost, ring), limit: 1, unit: " ×"},
		{what: "events/s, perf buffer", value: b.get(perfDefault, "events/s").median(), limit: 500_000},
		{what: "events lost, perf buffer", value: b.get(perfDefault, "lost").median(), atMost: true},
		{what: "events/s, ring buffer", value: b.get(ringDefault, "events/s").median(), limit: 500_000},
		{what: "events lost, ring buffer", value: b.get(ringDefault, "lost").median(), atMost: true},
		{what: "allocations an event, perf buffer", value: round2(b.get(perfDefault, "mallocs/event").median()), atMost: true},
		{what: "allocations an event, ring buffer", value: round2(b.get(ringDefault, "mallocs/event").median()), atMost: true},
		{what: "reading a table, Python's items() to TypedMap.All", value: ratio(b.get(python+" items", "read ms"), b.get(ours+" TypedMap.All", "read ms")), limit: 15, unit: " ×"},
	}
}

// typesTarget is a start with headers made from types against Python's with files.
func (b *bench) typesTarget(what, own, other string, limit float64) target {
	return target{what: "start of " + what + fromTypes + ", to Python BCC",
		value: b.get(own, "start ms").median() / b.get(other, "start ms").median(), atMost: true, limit: limit, unit: " ×"}
}

func round2(v float64) float64 { return math.Round(v*100) / 100 }

func (b *bench) reportTargets(out *strings.Builder) {
	out.WriteString("\n### Targets\n\n| | target | measured | |\n|---|--:|--:|---|\n")
	for _, t := range b.targets() {
		out.WriteString(t.text())
	}
}

// describeMachine says what the figures were measured on.
func describeMachine() (string, error) {
	kernel, err := exec.Command("uname", "-sr").Output()
	if err != nil {
		return "", fmt.Errorf("ask for the kernel: %w", err)
	}
	cpu, err := cpuModel()
	if err != nil {
		return "", err
	}
	versions, err := exec.Command("dpkg-query", "-W", "-f", "${Package} ${Version}, ", "libbpfcc", "python3-bpfcc").Output()
	if err != nil {
		return "", fmt.Errorf("ask for the versions of libbcc: %w", err)
	}
	return fmt.Sprintf("Measured on %s: %d × %s, %s; %s%s.\n", time.Now().Format(time.DateOnly),
		runtime.NumCPU(), cpu, strings.TrimSpace(string(kernel)), versions, runtime.Version()), nil
}

// loadAverage is that of the last minute, the benchmark's own work included.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

func cpuModel() (string, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", fmt.Errorf("read the processor's name: %w", err)
	}
	for line := range strings.Lines(string(info)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value), nil
		}
	}
	return runtime.GOARCH, nil // arm64 shows no name
}

// Markers around the result in a page.
const (
	beginMark = "<!-- result of make bench -->\n"
	endMark   = "<!-- end of the result -->"
)

// replaceResult puts a report between the markers of a page.
func replaceResult(path, report string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read page: %w", err)
	}
	before, rest, ok := strings.Cut(string(page), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks the lines %q and %q", path, strings.TrimSpace(beginMark), endMark)
	}
	if err := os.WriteFile(path, []byte(before+beginMark+"\n"+report+"\n"+endMark+after), 0o644); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}
