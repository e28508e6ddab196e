package stacktest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// Blocks are the samples in a tool's text: their lines without indents, of which
// the last is the count.
func Blocks(text string) [][]string {
	var all [][]string
	for block := range strings.SplitSeq(text, "\n\n") {
		var lines []string
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		if len(lines) > 1 {
			all = append(all, lines)
		}
	}
	return all
}

// Count is the number in the last line of a sample.
func Count(t testing.TB, block []string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(block[len(block)-1], 10, 64)
	if err != nil {
		t.Fatalf("%q: %v", block, err)
	}
	return n
}

// Near are two numbers as fields that are compared: equal if they differ by a share
// at most, as what two tools measure does.
func Near(ours, theirs uint64, share float64) (our, their string) {
	if math.Abs(float64(ours)-float64(theirs)) <= share*float64(max(ours, theirs)) {
		ours = theirs
	}
	return fmt.Sprint(ours), fmt.Sprint(theirs)
}
