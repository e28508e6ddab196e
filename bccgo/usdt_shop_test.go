package bccgo

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// shopText is a program with probes: shop:sale at many places with arguments of
// every width, shop:closed with a semaphore, shop:empty without arguments. It
// does what letters say and answers each with a letter: for s whether somebody
// listens to shop:closed.
const shopText = `
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef LIBRARY
unsigned short shop_closed_semaphore __attribute__((section(".probes")));
int shop_listens(void) { return shop_closed_semaphore; }
void shop_close(int day, const char *why)
{
	if (shop_closed_semaphore)
		STAP_PROBE2(shop, closed, day, why);
}
#else
unsigned short shop_sale_semaphore __attribute__((section(".probes")));
unsigned short shop_closed_semaphore __attribute__((section(".probes")));
unsigned short shop_empty_semaphore __attribute__((section(".probes")));
unsigned short shop_small_semaphore __attribute__((section(".probes")));
unsigned short shop_till_semaphore __attribute__((section(".probes")));
static volatile int counter = 41;
int till[4] = {10, -20, 30, -40};

static inline __attribute__((always_inline)) void sale(long price, int count, const char *what)
{
	STAP_PROBE3(shop, sale, price, count, what);
}

__attribute__((noinline)) static void sales(long a, int b, const char *c, long d)
{
	int local[4] = {(int)a, b, b + 1, b + 2};

	asm volatile("" : "+m"(local));
	sale(a, b, "register");
	sale(-7, 3, c);
	sale(d, local[1], c);
	sale(local[0], -1, "constant");
	sale(a + d, counter, "memory");
	sale(till[1], till[3], "static");
}

__attribute__((noinline)) static void small(signed char c, unsigned char uc, short s, unsigned short us, int i, unsigned u, long l,
					     unsigned long ul)
{
	STAP_PROBE8(shop, small, c, uc, s, us, i, u, l, ul);
}

static void *in_thread(void *unused)
{
	sale(1000, 1, "thread");
	return unused;
}

int main(int argc, char **argv)
{
	void *library = NULL;
	void (*shop_close)(int, const char *) = NULL;
	int (*shop_listens)(void) = NULL;
	pthread_t thread;
	int c;

	/* BPF programs see what is in memory already, and no page that is not. */
	if (mlockall(MCL_CURRENT))
		return 2;
	while ((c = getchar()) != EOF) {
		int answer = '.';

		if (c == 'a') {
			sales(1L << 40, -5, "passed", 6);
		} else if (c == 'w') {
			small(-1, 200, -300, 60000, -70000, 4000000000u, -5000000000L, 1UL << 63);
		} else if (c == 'c') {
			if (shop_closed_semaphore)
				STAP_PROBE2(shop, closed, 24, "night");
		} else if (c == 'e') {
			STAP_PROBE(shop, empty);
		} else if (c == 'r') {
			for (int i = 0; i < 4; i++)
				STAP_PROBE2(shop, till, till[i], &till[i]);
		} else if (c == 's') {
			answer = shop_closed_semaphore ? 'y' : 'n';
		} else if (c == 't') {
			pthread_create(&thread, NULL, in_thread, NULL);
			pthread_join(thread, NULL);
		} else if (c == 'o') {
			library = dlopen(argv[0][0] ? getenv("SHOP_LIBRARY") : NULL, RTLD_NOW);
			if (!library)
				return 1;
			shop_close = dlsym(library, "shop_close");
			shop_listens = dlsym(library, "shop_listens");
		} else if (c == 'l') {
			shop_close(31, "inventory");
		} else if (c == 'L') {
			answer = shop_listens() ? 'y' : 'n';
		}
		putchar(answer);
		fflush(stdout);
	}
	return 0;
}
#endif
`

// buildShop compiles the program, or its library.
func buildShop(t testing.TB, args ...string) string {
	t.Helper()
	testenv.NeedUprobes(t)
	testenv.NeedSDT(t)
	return buildC(t, "gcc", shopText, append([]string{"-O2", "-pthread", "-ldl"}, args...)...)
}

// ask is call that returns the answer.
func (c *chain) ask(letter string) string {
	c.t.Helper()
	if _, err := io.WriteString(c.in, letter); err != nil {
		c.t.Fatal(err)
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(c.out, answer); err != nil {
		c.t.Fatal(err)
	}
	return string(answer)
}

// listens tells whether the process sees its semaphore set.
func (c *chain) listens() bool { return c.ask("s") == "y" }

// shopReader is a C text whose functions hand over what they read.
const shopReader = `
struct event_t {
	u32 pid;
	u32 err;
	s64 values[8];
	char text[16];
};
BPF_QUEUE(events, struct event_t, 1024);

int on_sale(struct pt_regs *ctx)
{
	struct event_t e = {.pid = bpf_get_current_pid_tgid() >> 32};

	e.err |= bpf_usdt_readarg(1, ctx, &e.values[0]);
	e.err |= bpf_usdt_readarg(2, ctx, &e.values[1]);
	e.err |= bpf_usdt_readarg_p(3, ctx, &e.text, sizeof(e.text));
	events.push(&e, 0);
	return 0;
}

int on_small(struct pt_regs *ctx)
{
	struct event_t e = {.pid = bpf_get_current_pid_tgid() >> 32};
	s8 c = 0;
	u8 uc = 0;
	s16 s = 0;
	u16 us = 0;
	int i = 0;
	u32 u = 0;
	long l = 0;
	unsigned long ul = 0;

	e.err |= bpf_usdt_readarg(1, ctx, &c);
	e.err |= bpf_usdt_readarg(2, ctx, &uc);
	e.err |= bpf_usdt_readarg(3, ctx, &s);
	e.err |= bpf_usdt_readarg(4, ctx, &us);
	e.err |= bpf_usdt_readarg(5, ctx, &i);
	e.err |= bpf_usdt_readarg(6, ctx, &u);
	e.err |= bpf_usdt_readarg(7, ctx, &l);
	e.err |= bpf_usdt_readarg(8, ctx, &ul);
	e.values[0] = c;
	e.values[1] = uc;
	e.values[2] = s;
	e.values[3] = us;
	e.values[4] = i;
	e.values[5] = u;
	e.values[6] = l;
	e.values[7] = ul;
	events.push(&e, 0);
	return 0;
}

int on_closed(struct pt_regs *ctx)
{
	struct event_t e = {.pid = bpf_get_current_pid_tgid() >> 32};

	e.err |= bpf_usdt_readarg(1, ctx, &e.values[0]);
	e.err |= bpf_usdt_readarg_p(2, ctx, &e.text, sizeof(e.text));
	events.push(&e, 0);
	return 0;
}

int on_empty(struct pt_regs *ctx)
{
	struct event_t e = {.pid = bpf_get_current_pid_tgid() >> 32};

	events.push(&e, 0);
	return 0;
}

int on_till(struct pt_regs *ctx)
{
	struct event_t e = {.pid = bpf_get_current_pid_tgid() >> 32};
	int there = 0;

	e.err |= bpf_usdt_readarg(1, ctx, &e.values[0]);
	e.err |= bpf_usdt_readarg_p(2, ctx, &there, sizeof(there));
	e.values[1] = there;
	events.push(&e, 0);
	return 0;
}
`

type shopEvent struct {
	PID    uint32
	Err    uint32
	Values [8]int64
	Text   [16]byte
}

func (e shopEvent) String() string {
	text, _, _ := strings.Cut(string(e.Text[:]), "\x00")
	values := e.Values[:]
	for len(values) > 0 && values[len(values)-1] == 0 {
		values = values[:len(values)-1]
	}
	if e.Err != 0 {
		return fmt.Sprintf("error %d %v %s", int32(e.Err), values, text)
	}
	return strings.TrimSpace(fmt.Sprintf("%v %s", values, text))
}

// shop is a running program with a loaded reader.
type shop struct {
	*chain
	module *Module
	usdt   *USDT
	events *QueueMap[shopEvent]
}

// openShop enables probes of a running program: "sale" for on_sale.
func openShop(t *testing.T, c *chain, o USDTOptions, probes ...string) *shop {
	t.Helper()
	u, err := NewUSDT(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range probes {
		if err := u.EnableProbe("shop:"+p, "on_"+p); err != nil {
			t.Fatal(err)
		}
	}
	m := loadLive(t, onlyFunctions(shopReader, probes), &Options{USDT: []*USDT{u}})
	events, err := Queue[shopEvent](m, "events")
	if err != nil {
		t.Fatal(err)
	}
	return &shop{c, m, u, events}
}

// onlyFunctions leaves the functions of some probes in a text.
func onlyFunctions(text string, probes []string) string {
	head, functions, _ := strings.Cut(text, "\nint on_")
	for _, f := range strings.Split(functions, "\nint on_") {
		name, _, _ := strings.Cut(f, "(")
		if slices.Contains(probes, name) {
			head += "\nint on_" + f
		}
	}
	return head
}

// seen empties the queue.
func (s *shop) seen() []string {
	s.t.Helper()
	var list []string
	for e, err := range s.events.Drain() {
		if err != nil {
			s.t.Fatal(err)
		}
		if int(e.PID) != s.pid {
			s.t.Errorf("an event of process %d", e.PID)
		}
		list = append(list, e.String())
	}
	return list
}

// want has the process do what letters say and compares what was read.
func (s *shop) want(letters string, want ...string) {
	s.t.Helper()
	for _, letter := range letters {
		s.call(string(letter))
	}
	if got := s.seen(); !slices.Equal(got, want) {
		s.t.Errorf("%s:\n got %q\nwant %q", letters, got, want)
	}
}
