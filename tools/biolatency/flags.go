package main

import (
	"encoding/binary"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// named is a bit, or a letter, by name.
type named struct {
	bit    uint
	letter byte
	name   string
}

// requestFlags are the flags of requests (enum req_flag_bits in
// linux/blk_types.h), the first one to be named last. Letters are those of the
// block tracepoints, 0 where they have none.
var requestFlags = []named{
	{11, 'S', "Sync"}, {12, 'M', "Metadata"}, {17, 'F', "ForcedUnitAccess"}, {13, 0, "Priority"},
	{14, 0, "NoMerge"}, {15, 0, "Idle"}, {19, 'A', "ReadAhead"}, {20, 0, "Background"}, {21, 0, "NoWait"},
}

// operations have the program's bits.
var operations = []named{
	{32, 'R', "Read"}, {33, 'W', "Write"}, {34, 'F', "Flush"}, {35, 'D', "Discard"}, {36, 0, "SecureErase"},
	{37, 0, "WriteZeroes"}, {38, 0, "ZoneReset"}, {39, 0, "ZoneOpen"}, {40, 0, "ZoneClose"},
	{41, 0, "ZoneFinish"}, {42, 0, "ZoneAppend"}, {43, 0, "ZoneResetAll"}, {44, 0, "WriteSame"},
}

// flagsText names the flags and the operation that the program has put into a
// group, as in "Metadata-Sync-Write".
func flagsText(group uint64) string {
	text := "Unknown"
	for _, op := range operations {
		if group>>op.bit&1 != 0 {
			text = op.name
		}
	}
	for _, f := range requestFlags {
		if group>>f.bit&1 != 0 {
			text = f.name + "-" + text
		}
	}
	return text
}

// lettersText is flagsText for a group that has the letters of a tracepoint: a
// leading F if a flush comes first, the operation, and flags.
func lettersText(group uint64) string {
	var raw [8]byte
	binary.NativeEndian.PutUint64(raw[:], group)
	letters := bccgo.CString(raw[:])
	if len(letters) > 1 && letters[0] == 'F' && strings.IndexByte("WRDF", letters[1]) >= 0 {
		letters = letters[1:]
	}
	if letters == "" {
		return "Unknown"
	}
	text, flags := "Unknown", letters[1:]
	for _, op := range operations {
		if op.letter == letters[0] {
			text = op.name
		}
	}
	if rest, ok := strings.CutPrefix(letters, "DE"); ok {
		text, flags = "SecureErase", rest
	}
	for _, f := range requestFlags {
		if f.letter != 0 && strings.IndexByte(flags, f.letter) >= 0 {
			text = f.name + "-" + text
		}
	}
	return text
}
