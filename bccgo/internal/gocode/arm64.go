package gocode

import "encoding/binary"

// Encodings are those of Arm's Architecture Reference Manual, "A64 instruction
// set encoding". Go keeps the goroutine in R28, whose member stackguard0 is at 16.
const (
	wordSize = 4

	retMask, retWord       = 0xfffffc1f, 0xd65f0000 // RET Xn
	jumpMask, jumpWord     = 0xfc000000, 0x14000000 // B
	branchMask, branchWord = 0xff000010, 0x54000000 // B.cond
	lowerSame              = 9                      // its condition LS
	loadGuard              = 0xf9400b90             // LDR X16, [X28, #16]
	// checkWords is how far from the function's start the check ends at most: a
	// large frame's size takes two instructions to load, and compares twice.
	checkWords = 10
)

func (f *Function) word(at int) uint32 { return binary.LittleEndian.Uint32(f.Code[at:]) }

// returnsARM64 looks at every word: all instructions are of one size. Jumps
// through registers are those of switches, as a rule.
func (f *Function) returnsARM64() ([]uint64, error) {
	var found []uint64
	for at := 0; at+wordSize <= len(f.Code); at += wordSize {
		switch w := f.word(at); {
		case w&retMask == retWord:
			found = append(found, uint64(at))
		case w&jumpMask == jumpWord:
			distance := int64(int32(w<<6)>>6) * wordSize
			if to, out := f.leaves(at, distance); out {
				return nil, &LeaveError{At: uint64(at), To: to}
			}
		}
	}
	return found, nil
}

// afterCheckARM64 finds the load of the guard, and behind it the branch to where
// the stack grows.
func (f *Function) afterCheckARM64() uint64 {
	loaded := false
	for at := 0; at+wordSize <= len(f.Code) && at < checkWords*wordSize; at += wordSize {
		w := f.word(at)
		if w == loadGuard {
			loaded = true
		}
		if loaded && w&branchMask == branchWord && w&0xf == lowerSame {
			return uint64(at + wordSize)
		}
	}
	return 0
}
