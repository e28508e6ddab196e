package bccgo

import (
	"errors"
	"strings"
	"testing"
)

const staticText = `
BPF_ARRAY(hits, u64, 1);
int on_probe(struct pt_regs *ctx)
{
	hits.increment(0);
	return 0;
}
`

// A probe text names a static probe: its locations are attached to, its semaphore
// is set, and it counts every process's.
func TestLiveAttachStatic(t *testing.T) {
	liveHere(t)
	eachWay(t, func(t *testing.T, _ bool) {
		c := startAnswering(t, buildShop(t))
		m := loadLive(t, staticText, nil)
		l := must(m.Attach("usdt:"+c.path+":shop:sale", "on_probe"))(t)
		if l.Hook() != "usdt" || !strings.HasSuffix(l.Target(), c.path+":shop:sale") {
			t.Errorf("attached %v", l)
		}
		if c.call("a"); staticHits(t, m) != 6 {
			t.Errorf("%d hits, want 6", staticHits(t, m))
		}
		must(m.AttachFirst("on_probe", "usdt:"+c.path+":shop:none", "usdt:"+c.path+":closed"))(t)
		if !c.listens() {
			t.Error("the semaphore is not set")
		}
		if c.call("c"); staticHits(t, m) != 7 {
			t.Errorf("%d hits, want one more", staticHits(t, m))
		}
	})
}

func staticHits(t *testing.T, m *Module) uint64 {
	t.Helper()
	return must(must(Map[int32, uint64](m, "hits"))(t).Lookup(0))(t)
}

func TestLiveAttachStaticRefused(t *testing.T) {
	liveHere(t)
	path := buildShop(t)
	probe := "usdt:" + path + ":shop:sale"
	if got, err := FirstProbe("usdt:"+path+":shop:sail", "usdt:/no/such/file:a:b", probe); err != nil || got != probe {
		t.Errorf("chose %q, %v", got, err)
	}
	u := saleOf(t, path)
	m := loadLive(t, saleText, &Options{USDT: []*USDT{u}, NoAutoAttach: true})
	wantReason(t, "misspelt", attachError(m.Attach("usdt:"+path+":shop:sail", "on_sale")), ReasonAbsent, "shop:sale")
	wantReason(t, "no file", attachError(m.Attach("usdt:/no/such/file:shop:sale", "on_sale")), ReasonAbsent)
	wantReason(t, "no probes", attachError(m.Attach("usdt:"+startCalculator(t).path+":shop:sale", "on_sale")), ReasonAbsent)
	_, err := m.Attach(probe, "on_sale")
	wantReason(t, "arguments", err, ReasonOther)
	if err == nil || !strings.Contains(err.Error(), "Options.USDT") {
		t.Errorf("a function that reads arguments: %v", err)
	}
	var unknown *UnknownError
	if _, err := m.Attach(probe, "on_sail"); !errors.As(err, &unknown) {
		t.Errorf("unknown function: %v", err)
	}
	var none *Module
	if _, err := none.Attach(probe, "on_sale"); !errors.Is(err, errNoModule) {
		t.Errorf("nil module: %v", err)
	}
	if n := len(m.Links()); n != 0 {
		t.Errorf("%d links after failures", n)
	}
}
