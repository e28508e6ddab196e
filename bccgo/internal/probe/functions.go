package probe

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
)

// Where the kernel lists what cannot be probed, and below tracefs what can be
// traced.
const (
	blacklist       = "/sys/kernel/debug/kprobes/blacklist"
	filterFunctions = "available_filter_functions"
)

// Blacklist streams the names of the functions that may not be kprobed,
// modules' among them. Reading it needs root and a mounted debugfs.
func (k *Kernel) Blacklist() iter.Seq2[string, error] {
	return k.names(blacklist, func(line string) string {
		// 0xffffffff81000000-0xffffffff81000010	name
		_, name, _ := strings.Cut(line, "\t")
		return name
	})
}

// FilterFunctions streams the functions ftrace can hook, which fentry and
// multi-kprobes are limited to; a module's function is "name [module]". With
// tracefs unusable the only element is a *TracefsError.
func (k *Kernel) FilterFunctions() iter.Seq2[string, error] {
	dir, err := k.Tracefs()
	if err != nil {
		return func(yield func(string, error) bool) {
			yield("", fmt.Errorf("list functions: %w", err))
		}
	}
	return k.names(path.Join(dir, filterFunctions), strings.TrimSpace)
}

// names streams what pick takes from each line of a file.
func (k *Kernel) names(file string, pick func(line string) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := k.root.Open(file)
		if err != nil {
			yield("", fmt.Errorf("list functions: %w", err))
			return
		}
		defer f.Close()
		if err := eachLine(f, pick, yield); err != nil {
			yield("", fmt.Errorf("list functions: %s: %w", file, err))
		}
	}
}

func eachLine(r io.Reader, pick func(string) string, yield func(string, error) bool) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name := pick(lines.Text())
		if name != "" && !yield(name, nil) {
			return nil
		}
	}
	return lines.Err()
}
