package main

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// check tells, before anything is compiled, whether the kernel has what the program
// attaches to.
func check() error {
	for _, probe := range []string{"kretprobe:do_filp_open", "kprobe:vfs_unlink"} {
		if _, err := bccgo.FirstProbe(probe); err != nil {
			return fmt.Errorf("files made and removed: %w", err)
		}
	}
	return fsops.NeedHeaders()
}

// unlinked is the C text for vfs_unlink's argument that is the name to remove: Linux
// 5.12 put one before it. That has come with a struct for the arguments of renames.
func unlinked(s *toolkit.Session) string {
	const text = "(LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0) ? PT_REGS_PARM3(ctx) : PT_REGS_PARM2(ctx))"
	switch third, err := bccgo.KernelStructHasField("renamedata", "new_dentry"); {
	case third:
		return "PT_REGS_PARM3(ctx)"
	case err != nil:
		s.Notef("vfs_unlink: the kernel's version tells which argument counts: %v", err)
		return text
	}
	return "PT_REGS_PARM2(ctx)"
}
