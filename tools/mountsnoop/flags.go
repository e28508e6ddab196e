package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// bit is a flag with its name in include/uapi/linux/mount.h or fcntl.h.
type bit struct {
	name string
	bit  uint64
}

var mountBits = []bit{
	{"MS_RDONLY", unix.MS_RDONLY}, {"MS_NOSUID", unix.MS_NOSUID}, {"MS_NODEV", unix.MS_NODEV}, {"MS_NOEXEC", unix.MS_NOEXEC},
	{"MS_SYNCHRONOUS", unix.MS_SYNCHRONOUS}, {"MS_REMOUNT", unix.MS_REMOUNT}, {"MS_MANDLOCK", unix.MS_MANDLOCK},
	{"MS_DIRSYNC", unix.MS_DIRSYNC}, {"MS_NOSYMFOLLOW", unix.MS_NOSYMFOLLOW}, {"MS_NOATIME", unix.MS_NOATIME},
	{"MS_NODIRATIME", unix.MS_NODIRATIME}, {"MS_BIND", unix.MS_BIND}, {"MS_MOVE", unix.MS_MOVE}, {"MS_REC", unix.MS_REC},
	{"MS_SILENT", unix.MS_SILENT}, {"MS_POSIXACL", unix.MS_POSIXACL}, {"MS_UNBINDABLE", unix.MS_UNBINDABLE},
	{"MS_PRIVATE", unix.MS_PRIVATE}, {"MS_SLAVE", unix.MS_SLAVE}, {"MS_SHARED", unix.MS_SHARED},
	{"MS_RELATIME", unix.MS_RELATIME}, {"MS_KERNMOUNT", unix.MS_KERNMOUNT}, {"MS_I_VERSION", unix.MS_I_VERSION},
	{"MS_STRICTATIME", unix.MS_STRICTATIME}, {"MS_LAZYTIME", unix.MS_LAZYTIME}, {"MS_ACTIVE", unix.MS_ACTIVE}, {"MS_NOUSER", 1 << 31},
}

var umountFlags = []bit{
	{"MNT_FORCE", unix.MNT_FORCE}, {"MNT_DETACH", unix.MNT_DETACH}, {"MNT_EXPIRE", unix.MNT_EXPIRE}, {"UMOUNT_NOFOLLOW", unix.UMOUNT_NOFOLLOW},
}

var openTreeFlags = []bit{
	{"OPEN_TREE_CLONE", unix.OPEN_TREE_CLONE}, {"OPEN_TREE_CLOEXEC", unix.OPEN_TREE_CLOEXEC}, {"AT_RECURSIVE", unix.AT_RECURSIVE},
	{"AT_EMPTY_PATH", unix.AT_EMPTY_PATH}, {"AT_NO_AUTOMOUNT", unix.AT_NO_AUTOMOUNT}, {"AT_SYMLINK_NOFOLLOW", unix.AT_SYMLINK_NOFOLLOW},
}

var moveMountFlags = []bit{
	{"MOVE_MOUNT_F_SYMLINKS", unix.MOVE_MOUNT_F_SYMLINKS}, {"MOVE_MOUNT_F_AUTOMOUNTS", unix.MOVE_MOUNT_F_AUTOMOUNTS},
	{"MOVE_MOUNT_F_EMPTY_PATH", unix.MOVE_MOUNT_F_EMPTY_PATH}, {"MOVE_MOUNT_T_SYMLINKS", unix.MOVE_MOUNT_T_SYMLINKS},
	{"MOVE_MOUNT_T_AUTOMOUNTS", unix.MOVE_MOUNT_T_AUTOMOUNTS}, {"MOVE_MOUNT_T_EMPTY_PATH", unix.MOVE_MOUNT_T_EMPTY_PATH},
	{"MOVE_MOUNT_SET_GROUP", unix.MOVE_MOUNT_SET_GROUP}, {"MOVE_MOUNT_BENEATH", 0x200},
}

var fsopenFlags = []bit{{"FSOPEN_CLOEXEC", unix.FSOPEN_CLOEXEC}}

var fsmountFlags = []bit{{"FSMOUNT_CLOEXEC", unix.FSMOUNT_CLOEXEC}}

var fspickFlags = []bit{
	{"FSPICK_CLOEXEC", unix.FSPICK_CLOEXEC}, {"FSPICK_SYMLINK_NOFOLLOW", unix.FSPICK_SYMLINK_NOFOLLOW},
	{"FSPICK_NO_AUTOMOUNT", unix.FSPICK_NO_AUTOMOUNT}, {"FSPICK_EMPTY_PATH", unix.FSPICK_EMPTY_PATH},
}

var attributes = []bit{
	{"MOUNT_ATTR_RDONLY", unix.MOUNT_ATTR_RDONLY}, {"MOUNT_ATTR_NOSUID", unix.MOUNT_ATTR_NOSUID},
	{"MOUNT_ATTR_NODEV", unix.MOUNT_ATTR_NODEV}, {"MOUNT_ATTR_NOEXEC", unix.MOUNT_ATTR_NOEXEC},
	{"MOUNT_ATTR_NOATIME", unix.MOUNT_ATTR_NOATIME}, {"MOUNT_ATTR_STRICTATIME", unix.MOUNT_ATTR_STRICTATIME},
	{"MOUNT_ATTR_NODIRATIME", unix.MOUNT_ATTR_NODIRATIME}, {"MOUNT_ATTR_IDMAP", unix.MOUNT_ATTR_IDMAP},
	{"MOUNT_ATTR_NOSYMFOLLOW", unix.MOUNT_ATTR_NOSYMFOLLOW},
}

// fsconfigCommands are those of enum fsconfig_command, by their numbers.
var fsconfigCommands = []string{
	"FSCONFIG_SET_FLAG", "FSCONFIG_SET_STRING", "FSCONFIG_SET_BINARY", "FSCONFIG_SET_PATH", "FSCONFIG_SET_PATH_EMPTY",
	"FSCONFIG_SET_FD", "FSCONFIG_CMD_CREATE", "FSCONFIG_CMD_RECONFIGURE", "FSCONFIG_CMD_CREATE_EXCL",
}

// named are the names of bits, what has none as a number, and 0x0 for no bits.
func named(bits uint64, names []bit) []string {
	var out []string
	for _, n := range names {
		if bits&n.bit != 0 {
			out = append(out, n.name)
			bits &^= n.bit
		}
	}
	if bits != 0 || len(out) == 0 {
		out = append(out, fmt.Sprintf("0x%x", bits))
	}
	return out
}
