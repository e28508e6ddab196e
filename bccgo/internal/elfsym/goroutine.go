package elfsym

import (
	"debug/dwarf"
	"fmt"
)

// GoroutineID returns where in the runtime's record of a goroutine its number is,
// by the debug information of the Go program at path. Without that, or for
// another program, the error is a *GoCodeError.
func GoroutineID(path string) (uint64, error) {
	file, err := openImage(path)
	if err != nil {
		return 0, fmt.Errorf("read the types of %s: %w", path, err)
	}
	defer file.Close()
	refuse := func(reason string) (uint64, error) {
		return 0, &GoCodeError{Path: path, Symbol: "runtime.g", Reason: reason}
	}
	if file.Section(goBuildInfo) == nil {
		return refuse("the file is not a Go program")
	}
	types, err := file.DWARF()
	if err != nil {
		return refuse("its debug information cannot be read: " + err.Error())
	}
	offset, found, err := memberOf(types.Reader(), "runtime.g", "goid")
	switch {
	case err != nil:
		return refuse("its debug information cannot be read: " + err.Error())
	case !found:
		return refuse("the program was built without debug information (-ldflags=-w, or strip)")
	}
	return offset, nil
}

// memberOf finds the offset of a member of a struct.
func memberOf(r *dwarf.Reader, name, member string) (offset uint64, found bool, err error) {
	inside := false
	for {
		e, err := r.Next()
		if e == nil || err != nil {
			return 0, false, err
		}
		switch {
		case inside && e.Tag == 0:
			return 0, false, nil
		case inside && e.Val(dwarf.AttrName) == member:
			offset, ok := e.Val(dwarf.AttrDataMemberLoc).(int64)
			return uint64(offset), ok, nil
		case e.Tag == dwarf.TagStructType && e.Val(dwarf.AttrName) == name:
			inside = true
		case e.Tag != dwarf.TagCompileUnit:
			r.SkipChildren()
		}
	}
}
