package main

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/tools/internal/fscalls"
)

// argument is how an argument of a call is printed.
type argument struct {
	// name is the one in the JSON, which is that of the manual page.
	name string
	// field is the one of the tracepoint.
	field string
	show  func(m *fscalls.Made, i int) (text string, value any)
}

// call is a system call with its arguments.
type call struct {
	name string
	args []argument
}

// calls are in the order in which they came to be.
var calls = []call{
	{"mount", []argument{
		{"source", "dev_name", text}, {"target", "dir_name", text}, {"filesystemtype", "type", text},
		{"mountflags", "flags", mountFlags}, {"data", "data", text},
	}},
	{"umount", []argument{{"target", "name", text}, {"flags", "flags", flags(umountFlags)}}},
	{"pivot_root", []argument{{"new_root", "new_root", text}, {"put_old", "put_old", text}}},
	{"open_tree", []argument{{"dirfd", "dfd", number}, {"pathname", "filename", text}, {"flags", "flags", flags(openTreeFlags)}}},
	{"move_mount", []argument{
		{"from_dirfd", "from_dfd", number}, {"from_pathname", "from_pathname", text},
		{"to_dirfd", "to_dfd", number}, {"to_pathname", "to_pathname", text}, {"flags", "flags", flags(moveMountFlags)},
	}},
	{"fsopen", []argument{{"fsname", "_fs_name", text}, {"flags", "flags", flags(fsopenFlags)}}},
	{"fsconfig", []argument{
		{"fd", "fd", number}, {"cmd", "cmd", command}, {"key", "_key", text}, {"value", "_value", configured}, {"aux", "aux", number},
	}},
	{"fsmount", []argument{{"fsfd", "fs_fd", number}, {"flags", "flags", flags(fsmountFlags)}, {"attr_flags", "attr_flags", flags(attributes)}}},
	{"fspick", []argument{{"dirfd", "dfd", number}, {"pathname", "path", text}, {"flags", "flags", flags(fspickFlags)}}},
}

// texts are the fields that point to texts.
var texts = map[string]bool{
	"dev_name": true, "dir_name": true, "type": true, "data": true, "name": true, "new_root": true, "put_old": true,
	"filename": true, "from_pathname": true, "to_pathname": true, "_fs_name": true, "_key": true, "_value": true, "path": true,
}

// traced are the calls as the tracer wants them.
func traced() []fscalls.Call {
	var out []fscalls.Call
	for _, c := range calls {
		t := fscalls.Call{Name: c.name}
		for i, a := range c.args {
			t.Args = append(t.Args, a.field)
			if texts[a.field] {
				t.Texts = append(t.Texts, i)
			}
		}
		out = append(out, t)
	}
	return out
}

// argumentsOf are those of the call that was made.
func argumentsOf(m *fscalls.Made) []argument {
	for _, c := range calls {
		if c.name == m.Call.Name {
			return c.args
		}
	}
	return nil
}

func text(m *fscalls.Made, i int) (string, any) {
	t := m.Texts[i]
	if t.Null || t.Unreadable || t.Lost {
		return t.Quoted(), nil
	}
	return t.Quoted(), t.Value
}

func number(m *fscalls.Made, i int) (string, any) {
	n := m.Int(i)
	if n == unix.AT_FDCWD {
		return "AT_FDCWD", n
	}
	return fmt.Sprint(n), n
}

// flags are bits with names.
func flags(names []bit) func(m *fscalls.Made, i int) (string, any) {
	return func(m *fscalls.Made, i int) (string, any) {
		bits := uint64(uint32(m.Args[i]))
		return strings.Join(named(bits, names), "|"), bits
	}
}

func mountFlags(m *fscalls.Made, i int) (string, any) {
	bits := m.Args[i]
	if bits&unix.MS_MGC_MSK != unix.MS_MGC_VAL {
		return strings.Join(named(bits, mountBits), "|"), bits
	}
	return strings.Join(append([]string{"MS_MGC_VAL"}, named(bits&^unix.MS_MGC_MSK, mountBits)...), "|"), bits
}

func command(m *fscalls.Made, i int) (string, any) {
	n := uint32(m.Args[i])
	if int(n) < len(fsconfigCommands) {
		return fsconfigCommands[n], n
	}
	return fmt.Sprint(n), n
}

// configured is the value of fsconfig, a text with some commands only.
func configured(m *fscalls.Made, i int) (string, any) {
	const cmd = 1
	switch uint32(m.Args[cmd]) {
	case unix.FSCONFIG_SET_STRING, unix.FSCONFIG_SET_PATH, unix.FSCONFIG_SET_PATH_EMPTY:
		return text(m, i)
	}
	if m.Args[i] == 0 {
		return "NULL", nil
	}
	return fmt.Sprintf("%#x", m.Args[i]), nil
}
