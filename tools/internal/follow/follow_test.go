package follow

import (
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

// Places of several texts are told apart, by entries and returns alike.
func TestFunctions(t *testing.T) {
	var set probespec.Set
	for i := range 2 {
		spec, err := probespec.Syntax{Kinds: "p"}.Parse("c:read")
		if err != nil {
			t.Fatal(err)
		}
		places, err := set.Find(spec, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{`
int enter_0_0(struct pt_regs *ctx)
{
	u64 place = 0x0ULL;

	return user_enter(ctx, place >> 63 ? place : 0ULL << 32 | place);
}

int leave_0_0(struct pt_regs *ctx)
{
	return user_leave(ctx, 0x0);
}
`, `
int enter_1_0(struct pt_regs *ctx)
{
	u64 place = 0x0ULL;

	return user_enter(ctx, place >> 63 ? place : 1ULL << 32 | place);
}

int leave_1_0(struct pt_regs *ctx)
{
	return user_leave(ctx, 0x100000);
}
`}[i]
		if got := Functions(places, i); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		place  uint64
		index  int
		number uint64
		ok     bool
	}{
		{0, 0, 0, true}, {3<<32 | 0x2010, 3, 0x2010, true}, {0xffffffff81000001, 0, 0xffffffff81000001, false},
	} {
		if index, number, ok := Place(c.place); index != c.index || number != c.number || ok != c.ok {
			t.Errorf("%#x: %d, %#x, %v", c.place, index, number, ok)
		}
	}
}

// Each part is there if it is asked for.
func TestText(t *testing.T) {
	for _, c := range []struct{ user, kernel bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		text := Text(c.user, c.kernel)
		if strings.Contains(text, "user_leave(") != c.user || strings.Contains(text, "kernel_leave(") != c.kernel {
			t.Errorf("%+v: %s", c, text)
		}
	}
}
