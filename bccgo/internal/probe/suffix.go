package probe

import (
	"strings"
)

// cloneKind says what a compiler's copy of a function contains.
type cloneKind int

const (
	notClone   cloneKind = iota // no copy to probe: .cold and anything unknown
	wholeClone                  // the whole function, under another name
	partClone                   // only a rest of it; the start was inlined
)

// kindOfClone judges what follows the function's name in that of a symbol,
// such as ".constprop.0.isra.2".
func kindOfClone(suffix string) cloneKind {
	kind := wholeClone
	for word := range strings.SplitSeq(strings.TrimPrefix(suffix, "."), ".") {
		switch {
		case word == "isra" || word == "constprop" || word == "llvm":
		case word == "part":
			kind = partClone
		case isNumber(word):
		default:
			return notClone
		}
	}
	return kind
}

func isNumber(word string) bool {
	return word != "" && strings.Trim(word, "0123456789") == ""
}
