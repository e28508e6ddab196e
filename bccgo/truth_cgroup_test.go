package bccgo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

var cgroupLook = look{`
#include <linux/sched.h>
#include <linux/cgroup.h>
#include <linux/kernfs.h>
struct found_t {
	u64 id, parent_id, helper_id;
	s32 level, pad;
	char name[32];
};
`, `
	struct cgroup *cgroup = task->cgroups->dfl_cgrp;
	struct cgroup_subsys_state *above = cgroup->self.parent;

	f.id = cgroup->kn->id;
	f.level = cgroup->level;
	f.helper_id = bpf_get_current_cgroup_id();
	f.parent_id = above->cgroup->kn->id;
	bpf_probe_read_kernel_str(f.name, sizeof(f.name), cgroup->kn->name);
`}

type foundCgroup struct {
	ID, ParentID, HelperID uint64
	Level, Pad             int32
	Name                   [32]byte
}

// TestLiveTruthCgroup enters a control group of the test's own.
func TestLiveTruthCgroup(t *testing.T) {
	testenv.Live(t)
	if !alone(t) {
		return
	}
	inside, _ := cgroups(t)
	l := take[foundCgroup](t, cgroupLook)
	enter(t, inside)
	id := stat(t, inside).Ino
	want := foundCgroup{ID: id, HelperID: id, ParentID: stat(t, filepath.Dir(inside)).Ino, Level: 1}
	copy(want.Name[:], filepath.Base(inside))
	if got := l.now(); got != want {
		t.Errorf("found %+v\nwant  %+v (%d)", got, want, os.Getpid())
	}
}
