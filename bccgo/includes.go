package bccgo

import (
	"slices"
	"strings"
)

// autoIncludes are headers and what in a word calls for them.
var autoIncludes = []struct {
	header string
	parts  []string
}{
	{"linux/blkdev.h", []string{"bio", "request"}},
	{"linux/fs.h", []string{"fs", "file"}},
	{"linux/netdevice.h", []string{"sk_buff", "net_device"}},
	{"linux/slab.h", []string{"alloc"}},
	{"linux/time.h", []string{"time"}},
}

// GenerateAutoIncludes guesses the kernel headers that a C text made by a
// program needs, from the words in it: lines such as "#include <linux/fs.h>" for
// "struct file". Words are compared by part, so that it names a header too many
// rather than one too few. Nothing known gives "".
func GenerateAutoIncludes(words ...string) string {
	var b strings.Builder
	for _, include := range autoIncludes {
		called := func(word string) bool {
			return slices.ContainsFunc(include.parts, func(part string) bool { return strings.Contains(word, part) })
		}
		if slices.ContainsFunc(words, called) {
			b.WriteString("#include <" + include.header + ">\n")
		}
	}
	return b.String()
}
