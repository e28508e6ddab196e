package callcount

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
#include <uapi/linux/ptrace.h>

struct config {
	u32 on;		/* after all probes are attached */
	u32 pid;
	s32 cpu;	/* negative for all */
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERCPU_HASH(counts, u64, u64, PLACES);

static inline int enter(void *ctx, u64 place)
{
	int first = 0;
	u64 none = 0, *n;
	struct config *c = settings.lookup(&first);

	if (!c || !c->on)
		return 0;
	if (c->pid && c->pid != bpf_get_current_pid_tgid() >> 32)
		return 0;
	if (c->cpu >= 0 && c->cpu != bpf_get_smp_processor_id())
		return 0;
	n = counts.lookup_or_try_init(&place, &none);
	if (n)
		*n += 1;
	else
		miss(MISSED_CALLS);
	return 0;
}
`

// Config says what is counted: PID is the kernel's number of a process, 0 for all,
// and CPU a processor, negative for all.
type Config struct {
	PID uint32
	CPU int32
}

// config is the program's struct config.
type config struct {
	On, PID uint32
	CPU     int32
}

// Text is the program that counts at places, and the options to load it with.
func Text(places *probespec.Places) (string, *bccgo.Options) {
	load := places.Options()
	load.Defines = map[string]string{"PLACES": fmt.Sprint(places.Slots())}
	return toolkit.MissedC + program + places.Functions(), load
}

// Start lets the program count from now on.
func Start(m *bccgo.Module, c Config) error {
	return toolkit.Configure(m, config{On: 1, PID: c.PID, CPU: c.CPU})
}
