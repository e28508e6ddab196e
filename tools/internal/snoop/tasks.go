package snoop

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// TasksC defines task_wanted(), which tells whether the current task is one of
// those that Tasks narrows the tool to, and none before Begin; struct who with
// sign(), who the current task is; and the buffer events. It goes before a tool's
// own text.
const TasksC = `
struct task_filter {
	u32 on;		/* 0 until the rest is set */
	u32 pid, tid;
	u32 by_uid, uid;
};

/* Who did it, and when. */
struct who {
	u64 time;
	u32 pid, tid, uid;
	u32 unused;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(task_filters, struct task_filter, 1);
BPF_PERF_OUTPUT(events);

static inline int task_wanted(void)
{
	int zero = 0;
	struct task_filter *f = task_filters.lookup(&zero);
	u64 id = bpf_get_current_pid_tgid();

	if (!f || !f->on)
		return 0;
	if (f->pid && f->pid != id >> 32)
		return 0;
	if (f->tid && f->tid != (u32)id)
		return 0;
	if (f->by_uid && f->uid != (u32)bpf_get_current_uid_gid())
		return 0;
	return 1;
}

static inline void sign(struct who *who)
{
	u64 id = bpf_get_current_pid_tgid();

	who->time = bpf_ktime_get_ns();
	who->pid = id >> 32;
	who->tid = id;
	who->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&who->comm, sizeof(who->comm));
}
`

// taskFilter is the program's struct task_filter.
type taskFilter struct {
	On         uint32
	PID, TID   uint32
	ByUID, UID uint32
}

// Tasks are the flags that narrow a tool to tasks.
type Tasks struct {
	// PID and TID are what the flags say, 0 without them.
	PID, TID uint
	user     string
}

// PIDFlag is --pid.
func (t *Tasks) PIDFlag() cli.Flag {
	return &cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &t.PID}
}

// TIDFlag is --tid.
func (t *Tasks) TIDFlag() cli.Flag {
	return &cli.UintFlag{Name: "tid", Aliases: []string{"t"}, Usage: "only thread `TID`", Destination: &t.TID}
}

// UserFlag is --uid.
func (t *Tasks) UserFlag() cli.Flag {
	return &cli.StringFlag{Name: "uid", Aliases: []string{"u"}, Usage: "only this `USER`, by number or name", Destination: &t.user}
}

// Check refuses tasks and users that there are not.
func (t *Tasks) Check() error {
	if err := toolkit.CheckPID(t.PID); err != nil {
		return err
	}
	if err := toolkit.CheckPID(t.TID); err != nil {
		return fmt.Errorf("--tid %d: there is no such thread", t.TID)
	}
	if t.user == "" {
		return nil
	}
	_, err := toolkit.UserID(t.user)
	return err
}

// Begin hands the filter to a program, which does nothing until then.
func (t *Tasks) Begin(m *bccgo.Module) error {
	f := taskFilter{On: 1, PID: uint32(t.PID), TID: uint32(t.TID)}
	if t.user != "" {
		uid, err := toolkit.UserID(t.user)
		if err != nil {
			return err
		}
		f.ByUID, f.UID = 1, uid
	}
	filters, err := bccgo.Map[int32, taskFilter](m, "task_filters")
	if err != nil {
		return err
	}
	if err := filters.Update(0, f); err != nil {
		return fmt.Errorf("hand over which tasks are wanted: %w", err)
	}
	return nil
}
