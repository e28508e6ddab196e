package bccgo

import "github.com/bccgo/bcc/bccgo/internal/probe"

// KernelStructHasField tells whether a struct or union of the running kernel,
// or else of one of its modules, has a field. Fields of anonymous structs and
// unions inside of it count, as in C. A struct that the kernel does not have is
// an *UnknownHookError. It needs the kernel's BTF (CONFIG_DEBUG_INFO_BTF, from
// Linux 5.4 on; modules from 5.11 on); the first call reads it, which takes some
// 100 ms.
func KernelStructHasField(structName, field string) (bool, error) {
	return probe.Running().StructHasField(structName, field)
}

// KernelEnumHasVal tells whether an enum of the running kernel, or else of one
// of its modules, has a value. Else it is as KernelStructHasField.
func KernelEnumHasVal(enumName, value string) (bool, error) {
	return probe.Running().EnumHasValue(enumName, value)
}
