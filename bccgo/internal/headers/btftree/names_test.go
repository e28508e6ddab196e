package btftree

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

func TestDefinedBy(t *testing.T) {
	const text = `
#include <linux/sched.h>
#define NOT_MINE 1
typedef unsigned int my_int;
typedef struct { int x; } my_pair, *unused[2];
typedef int (*my_call)(struct sock *sk, int n);
struct key_t { u32 pid; struct inner_t { int a; } in; };
union both { int a; };
enum color { RED, GREEN = RED + 2, BLUE };
enum { LONELY = 4 };
struct __attribute__((packed)) tight { char c; };
BPF_HASH(counts, struct key_t);
int probe(struct pt_regs *ctx, struct task_struct *t)
{
	struct sock *sk = 0;
	return 0;
}`
	d := definedBy(text)
	tags := strings.Join(slices.Sorted(maps.Keys(d.tags)), " ")
	if want := "both color inner_t key_t tight"; tags != want {
		t.Errorf("tags %s, want %s", tags, want)
	}
	ordinary := strings.Join(slices.Sorted(maps.Keys(d.ordinary)), " ")
	if want := "BLUE GREEN LONELY RED counts my_call my_int my_pair probe unused"; ordinary != want {
		t.Errorf("ordinary names %s, want %s", ordinary, want)
	}
}

func TestNames(t *testing.T) {
	n := newNames()
	n.add("#if defined(CONFIG_A) && B\nstruct task_struct *t = (void *)c->d; /* no */ \"text\" enum e x;\n#define F(y) \\\n\tg(y)\n")
	want := "if defined CONFIG_A B struct task_struct t void c d enum e x define F y g"
	if got := strings.Join(n.order, " "); got != want {
		t.Errorf("names %s, want %s", got, want)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(n.tags)), " "); got != "e task_struct" {
		t.Errorf("tags %s", got)
	}
	if fresh := n.add("c h"); len(fresh) != 1 || fresh[0] != "h" {
		t.Errorf("new names %v", fresh)
	}
}

func TestCutChunks(t *testing.T) {
	const text = `/* one */
#define A 1
#define B(x) \
	((x) + A)
/* two */
static inline struct tcp_sock *tcp_sk(const struct sock *sk)
{
	return (struct tcp_sock *)sk;
}

typedef struct { int counter; } pair_t;
struct later { int x; };
enum { E1, E2 };
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define C 1
#else
static __always_inline int c_fun(void) { return 2; }
#endif
`
	var got []string
	for _, c := range cutChunks(text) {
		slices.Sort(c.names)
		got = append(got, strings.Join(c.names, ",")+":"+strings.Fields(c.text)[0])
	}
	want := []string{"A:#define", "B:#define", "tcp_sk:static", "pair_t:typedef", "later:struct", "E1,E2:enum", "C,c_fun:#if"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestShims: every chunk of the shim headers defines something, and all of the
// files belongs to some chunk.
func TestShims(t *testing.T) {
	s := loadShims()
	for _, c := range s.chunks {
		if len(c.names) == 0 {
			t.Errorf("this defines nothing that a text could ask for:\n%s", c.text)
		}
	}
	entries, err := shimFiles.ReadDir("shim")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		data, err := shimFiles.ReadFile("shim/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		c := cutter{text: string(data)}
		for _, tok := range source.Tokenize(c.text) {
			c.token(tok)
		}
		if len(c.tokens) > 0 {
			t.Errorf("%s: something is not closed: %q", entry.Name(), c.text[c.start:])
		}
		compareChunks(t, entry.Name(), cutChunks(c.text), c.chunks)
	}
}

// compareChunks compares chunks that were cut line by line with those cut by
// tokens.
func compareChunks(t *testing.T, name string, lines, tokens []chunk) {
	t.Helper()
	if len(lines) != len(tokens) {
		t.Errorf("%s: %d chunks by lines, %d by tokens", name, len(lines), len(tokens))
	}
	for i := range min(len(lines), len(tokens)) {
		slices.Sort(lines[i].names)
		slices.Sort(tokens[i].names)
		if !slices.Equal(lines[i].names, tokens[i].names) || !strings.HasPrefix(lines[i].text, tokens[i].text) {
			t.Errorf("%s: by lines %q:\n%s\nby tokens %q:\n%s", name, lines[i].names, lines[i].text, tokens[i].names, tokens[i].text)
			return
		}
	}
}

// cutter cuts chunks by tokens: it collects those of one after the other.
type cutter struct {
	text   string
	chunks []chunk
	start  int // of the chunk at work
	tokens []source.Token
	braces int
	ifs    int
}

func (c *cutter) token(t source.Token) {
	if t.Kind == source.Comment {
		return
	}
	if len(c.tokens) == 0 {
		c.start = t.Offset
	}
	c.tokens = append(c.tokens, t)
	ends := false
	switch {
	case t.Kind == source.Directive:
		ends = c.directive(t)
	case t.Text == "{" || t.Text == "(":
		c.braces++
	case t.Text == ")":
		c.braces--
	case t.Text == "}":
		c.braces--
		ends = c.isFunction()
	case t.Text == ";":
		ends = true
	}
	if ends && c.braces == 0 && c.ifs == 0 {
		names, _ := definitions(c.tokens)
		c.chunks = append(c.chunks, chunk{text: c.text[c.start:t.End()], names: names})
		c.tokens = nil
	}
}

// directive counts conditions and reports whether a chunk may end here.
func (c *cutter) directive(t source.Token) bool {
	word := directiveWord(t)
	switch word {
	case "if", "ifdef", "ifndef":
		c.ifs++
	case "endif":
		c.ifs--
		return true
	}
	return word == "define" || word == "undef"
}

func directiveWord(t source.Token) string {
	if tokens := directiveTokens(t); len(tokens) > 0 {
		return tokens[0].Text
	}
	return ""
}

// isFunction tells whether the brace that just closed ended a function's body.
func (c *cutter) isFunction() bool {
	depth := 0
	for i := len(c.tokens) - 1; i > 0; i-- {
		switch c.tokens[i].Text {
		case "}":
			depth++
		case "{":
			if depth--; depth == 0 {
				return c.tokens[i-1].Text == ")"
			}
		}
	}
	return false
}
