package sysbpf

import (
	"fmt"
	"unsafe"
)

const cmdInfo = 15 // BPF_OBJ_GET_INFO_BY_FD

// MapTypes are the numbers of a map's C types: of the kernel's BTF object that
// has them (0 if the map has none), of the key and of the value there.
type MapTypes struct{ BTF, Key, Value uint32 }

// mapInfo is struct bpf_map_info up to what is wanted of it.
type mapInfo struct {
	_                [10]uint32
	_, _             uint32 // ifindex, btf_vmlinux_value_type_id
	_, _             uint64 // netns_dev, netns_ino
	btf, key, value  uint32
	vmlinuxValueType uint32
}

// TypesOf asks for a map's C types. It needs Linux 4.18; before, there are none.
func TypesOf(fd int) (MapTypes, error) {
	var info mapInfo
	attr := struct {
		fd, size uint32
		info     unsafe.Pointer
	}{uint32(fd), uint32(unsafe.Sizeof(info)), unsafe.Pointer(&info)}
	if errno := call(cmdInfo, &attr); errno != 0 {
		return MapTypes{}, fmt.Errorf("ask for a map's types: %w", errno)
	}
	return MapTypes{BTF: info.btf, Key: info.key, Value: info.value}, nil
}
