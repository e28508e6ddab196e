package bccgo

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

var credLook = look{`
#include <linux/sched.h>
#include <linux/cred.h>
struct found_t {
	u64 effective, permitted, bounding;
	u32 uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups, first_group;
};
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define CAPS(set) ((set).val)
#else
#define CAPS(set) ((set).cap[0] | (u64)(set).cap[1] << 32)
#endif
`, `
	const struct cred *cred = task->cred;
	kernel_cap_t effective = cred->cap_effective, permitted = cred->cap_permitted, bounding = cred->cap_bset;

	f.effective = CAPS(effective);
	f.permitted = CAPS(permitted);
	f.bounding = CAPS(bounding);
	f.uid = cred->uid.val;
	f.euid = cred->euid.val;
	f.suid = cred->suid.val;
	f.fsuid = cred->fsuid.val;
	f.gid = cred->gid.val;
	f.egid = cred->egid.val;
	f.sgid = cred->sgid.val;
	f.fsgid = cred->fsgid.val;
	f.groups = cred->group_info->ngroups;
	f.first_group = cred->group_info->gid[0].val;
`}

type foundCred struct {
	Effective, Permitted, Bounding uint64
	UID, EUID, SUID, FSUID         uint32
	GID, EGID, SGID, FSGID         uint32
	Groups, FirstGroup             uint32
}

// TestLiveTruthCredentials gives a thread ids and rights of its own.
func TestLiveTruthCredentials(t *testing.T) {
	l := take[foundCred](t, credLook)
	onOwnThread(t, func() error {
		if err := becomeSomebody(); err != nil {
			return err
		}
		got := l.now()
		var want foundCred
		for line, ids := range map[string][]any{
			"Uid": {&want.UID, &want.EUID, &want.SUID, &want.FSUID}, "Gid": {&want.GID, &want.EGID, &want.SGID, &want.FSGID},
			"Groups": {&want.FirstGroup},
		} {
			if _, err := fmt.Sscan(procStatus(t, line), ids...); err != nil {
				return err
			}
		}
		for line, set := range map[string]*uint64{"CapEff": &want.Effective, "CapPrm": &want.Permitted, "CapBnd": &want.Bounding} {
			if _, err := fmt.Sscanf(procStatus(t, line), "%x", set); err != nil {
				return err
			}
		}
		want.Groups = uint32(len(strings.Fields(procStatus(t, "Groups"))))
		if got != want {
			t.Errorf("found %+v\nwant  %+v", got, want)
		}
		if got.UID != 1001 || got.EUID != 1002 || got.EGID != 2002 || got.FSUID != 1004 || got.Effective != 1<<unix.CAP_BPF|1<<unix.CAP_SETUID {
			t.Errorf("found %+v", got)
		}
		return nil
	})
}

// becomeSomebody changes this thread's ids, to ones that all differ, and rights.
func becomeSomebody() error {
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Setgroups([]int{3001, 3002, 3003}); err != nil {
		return err
	}
	// The functions of package syscall change all threads.
	for _, c := range [][4]uintptr{{unix.SYS_SETRESGID, 2001, 2002, 2003}, {unix.SYS_SETRESUID, 1001, 1002, 1003}} {
		if _, _, errno := syscall.RawSyscall(c[0], c[1], c[2], c[3]); errno != 0 {
			return fmt.Errorf("call %d: %w", c[0], errno)
		}
	}
	const rights = 1<<unix.CAP_BPF | 1<<unix.CAP_SETUID
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := [2]unix.CapUserData{
		{Effective: rights & 0xffffffff, Permitted: rights & 0xffffffff},
		{Effective: rights >> 32, Permitted: rights >> 32},
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return err
	}
	_, err := unix.SetfsuidRetUid(1004)
	return err
}
