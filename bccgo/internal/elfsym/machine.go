package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// machine is what a file's code runs on. The zero value is any.
type machine struct {
	class elf.Class
	arch  elf.Machine
}

// machines are those of the programs Go builds.
var machines = map[string]machine{
	"386":     {elf.ELFCLASS32, elf.EM_386},
	"amd64":   {elf.ELFCLASS64, elf.EM_X86_64},
	"arm":     {elf.ELFCLASS32, elf.EM_ARM},
	"arm64":   {elf.ELFCLASS64, elf.EM_AARCH64},
	"loong64": {elf.ELFCLASS64, elf.EM_LOONGARCH},
	"ppc64":   {elf.ELFCLASS64, elf.EM_PPC64},
	"ppc64le": {elf.ELFCLASS64, elf.EM_PPC64},
	"riscv64": {elf.ELFCLASS64, elf.EM_RISCV},
	"s390x":   {elf.ELFCLASS64, elf.EM_S390},
}

// matches reports whether the file at path is an ELF file for m. Linker
// scripts, which also are called libNAME.so, are not.
func (m machine) matches(path string) bool {
	got, err := readMachine(path)
	return err == nil && (m == machine{} || got == m)
}

var errNotELF = errors.New("not an ELF file")

// readMachine reads the first bytes of an ELF file.
func readMachine(path string) (machine, error) {
	file, err := os.Open(path)
	if err != nil {
		return machine{}, err
	}
	defer file.Close()
	var head [20]byte
	if _, err := io.ReadFull(file, head[:]); err != nil {
		return machine{}, err
	}
	if string(head[:4]) != elf.ELFMAG {
		return machine{}, errNotELF
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	return machine{elf.Class(head[elf.EI_CLASS]), elf.Machine(order.Uint16(head[18:]))}, nil
}
