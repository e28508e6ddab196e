package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// reasons are the kernel's names for why packets are dropped, by number, which
// differ between versions.
type reasons map[uint32]string

// number returns the number of a name.
func (r reasons) number(name string) (uint32, error) {
	for number, n := range r {
		if n == name {
			return number, nil
		}
	}
	return 0, fmt.Errorf("the tracepoint skb:kfree_skb has no reason %s", name)
}

// name returns the name of a number: "-" for 0, which stands for none.
func (r reasons) name(number uint32) string {
	if number == 0 {
		return "-"
	}
	if name, ok := r[number]; ok {
		return name
	}
	return "UNKNOWN" // those of parts of the kernel are not in the list
}

// readReasons reads the names from the tracepoint's format, in tracefs below a root
// folder, which tests replace.
func readReasons(root string) (reasons, error) {
	var missing error
	for _, dir := range []string{"sys/kernel/tracing", "sys/kernel/debug/tracing"} {
		text, err := os.ReadFile(filepath.Join(root, dir, "events/skb/kfree_skb/format"))
		switch {
		case err == nil:
			return parseReasons(string(text)), nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read the reasons for drops: %w", err)
		}
		missing = err
	}
	return nil, fmt.Errorf("read the reasons for drops: %w", missing)
}

var reasonInFormat = regexp.MustCompile(`\{ (\w+), "(\w+)" \}`)

// parseReasons reads what a format prints numbers as.
func parseReasons(format string) reasons {
	all := make(reasons)
	_, list, _ := strings.Cut(format, "__print_symbolic(REC->reason,")
	for _, m := range reasonInFormat.FindAllStringSubmatch(list, -1) {
		if number, err := strconv.ParseUint(m[1], 0, 32); err == nil {
			all[uint32(number)] = m[2]
		}
	}
	return all
}
