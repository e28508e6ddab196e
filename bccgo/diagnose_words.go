package bccgo

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// inFunction matches a message of LLVM's that names the function it is about,
// with the function's type in LLVM's words.
var inFunction = lazyRegexp(`^in function (\S+) .*?\): (.*)$`)

// word is a message of LLVM's and what it means.
type word struct {
	pattern *regexp.Regexp
	meaning string
}

// llvmWords are the messages that need explaining; the first that matches counts.
// A pattern's group stands for %s in the meaning.
var llvmWords = sync.OnceValue(func() []word {
	list := make([]word, len(llvmMeanings))
	for i, m := range llvmMeanings {
		list[i] = word{regexp.MustCompile(m[0]), m[1]}
	}
	return list
})

var llvmMeanings = [][2]string{
	{`stack limit of \d+ bytes|stack arguments|Stack size exceeded`,
		"the stack limit of 512 bytes is exceeded: keep large variables in a BPF_PERCPU_ARRAY of one entry"},
	{`built-in function '(__\w*[sdt]f\w*|f?(?:pow|sqrt|fmod|floor|exp|log)\w*)'`,
		"floating point (%s): BPF has none; count in whole numbers of a smaller unit"},
	{`built-in function '(__\w*ti\w*)'`,
		"arithmetic with 128 bits (%s): BPF has none; 64 bits are the most"},
	{`built-in function '(mem\w+)'`,
		"%s of a size that is not constant, or too large to be written out: BPF has no such function; use a constant size, or bpf_probe_read_kernel with a bounded one"},
	{`built-in function '(\w+)'`, "%s is needed, and BPF has no such function"},
	{`too many args to|too many arguments|stack arguments are not supported`,
		"a call passes more than five arguments, and BPF has registers for five: pass a pointer to a struct"},
	{`defined with too many args`,
		"the function takes more than five arguments, and BPF has registers for five: pass a pointer to a struct, or make it static inline"},
	{`(?i)variadic|VarArgs|StructRet`,
		"a function that takes a variable number of arguments, or returns a struct: BPF has no such calls; make it static inline, or return through a pointer"},
	{`aggregate returns|only small returns`,
		"a function that returns a struct: BPF has one register for a result; make it static inline, or return through a pointer"},
	{`pass by value not supported`,
		"a struct is passed by value: pass a pointer to it"},
	{`unsupported signed division|Unsupport signed division`, signedDivisionMeaning},
	{`Unsupported dynamic stack allocation`,
		"an array of variable size, or alloca: BPF's stack is laid out when the program is compiled; give the array a constant size"},
	{`Cannot select: .*\bbrind\b`, "a jump to a computed address: BPF has none; use switch or if"},
	{`Cannot select: .*\b[su]div|Cannot select: .*\b[su]rem`, signedDivisionMeaning},
	{`Cannot select: .*(?i)atomic`,
		"an atomic operation that BPF has not: use lock_xadd, or __sync_fetch_and_add on 32 or 64 bits"},
	{`Cannot select: .*\btrap\b`, "__builtin_trap, or code that cannot be reached: BPF has no instruction for it"},
	{`Cannot select: [^=]*= (\S+)`, "an operation that BPF has no instruction for (%s)"},
}

// signedDivisionMeaning says what a division of signed numbers needs.
const signedDivisionMeaning = "division of signed numbers, which BPF has no instruction for: make both sides unsigned"

// inWords is what a message of LLVM's means, or the message if that is not known.
func inWords(text string) string {
	for _, w := range llvmWords() {
		m := w.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if len(m) > 1 {
			return fmt.Sprintf(w.meaning, m[1])
		}
		return w.meaning
	}
	return text
}

// signedDivision matches what LLVM prints before it gives up over a division of
// signed numbers.
var signedDivision = lazyRegexp(`^Error at line \d+: Unsupport signed division for DAG: .*, (.+?):(\d+):(\d+)Please`)

// fatalLine matches what LLVM says before it aborts, inFatal where it was.
var (
	fatalLine = lazyRegexp(`(?m)^LLVM ERROR: (.*)$`)
	inFatal   = lazyRegexp(`(?m)^In function: (\w+)`)
	atFatal   = lazyRegexp(`(?m), (\S+?):(\d+):(\d+)$`)
)

// parseFatal reads the error that LLVM ended with, if it did. It prints a tree of
// what it could not translate, parts of which have a position.
func parseFatal(output string) (m message, function string, ok bool) {
	m.Severity, m.backend = "error", true
	at := fatalLine().FindStringSubmatchIndex(output)
	if at == nil {
		return m, "", false
	}
	m.Message = inWords(output[at[2]:at[3]])
	place := atFatal().FindStringSubmatch(output[at[0]:])
	for line := range strings.Lines(output[:at[0]]) {
		if s := signedDivision().FindStringSubmatch(line); s != nil {
			m.Message, place = signedDivisionMeaning, s
		}
	}
	if place != nil {
		m.File, m.Line, m.Col = place[1], lineNumber(place[2]), lineNumber(place[3])
	}
	if s := inFatal().FindStringSubmatch(output[at[0]:]); s != nil {
		function = s[1]
	}
	return m, function, true
}
