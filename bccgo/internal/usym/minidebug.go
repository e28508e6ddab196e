package usym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

const (
	// maxMini is how large mini debug information may be, unpacked: a few
	// times that of the largest programs of distributions.
	maxMini = 256 << 20
	// maxMiniRatio is how many times larger than packed: they come to five times.
	maxMiniRatio = 64
	// maxDictionary is what xz's highest level uses.
	maxDictionary = 64 << 20
)

// MiniDebug unpacks a file's .gnu_debugdata section: an ELF file that has only
// symbols, compressed by xz. It is nil where there is none.
func MiniDebug(file *elf.File) (*bytes.Reader, error) {
	section := file.Section(".gnu_debugdata")
	if section == nil || section.Type == elf.SHT_NOBITS {
		return nil, nil
	}
	data, err := sectionData(section)
	if err != nil {
		return nil, fmt.Errorf("read mini debug information: %w", err)
	}
	plain, err := unpack(data)
	if err != nil {
		return nil, fmt.Errorf("read mini debug information: %w", err)
	}
	return bytes.NewReader(plain), nil
}

func unpack(data []byte) ([]byte, error) {
	if err := checkDictionary(data); err != nil {
		return nil, err
	}
	r, err := xz.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	limit := min(maxMini, maxMiniRatio*len(data))
	plain, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(plain) > limit {
		return nil, fmt.Errorf("unpacked it has more than %d bytes", limit)
	}
	return plain, nil
}

var errNotXZ = errors.New("not an xz stream of one LZMA2 filter")

// checkDictionary refuses a stream that asks for more memory than any real
// one: a few bytes could claim 4 GiB. It reads the first block's header.
func checkDictionary(data []byte) error {
	const streamHeader = 12
	if len(data) < streamHeader+8 {
		return errNotXZ
	}
	block := data[streamHeader:]
	flags := block[1]
	rest := block[2:min(len(block), 4*(int(block[0])+1))]
	for _, sizeGiven := range []byte{0x40, 0x80} {
		if flags&sizeGiven == 0 {
			continue
		}
		_, n := binary.Uvarint(rest)
		if n <= 0 {
			return errNotXZ
		}
		rest = rest[n:]
	}
	const lzma2, propertySize = 0x21, 1
	if flags&3 != 0 || len(rest) < 3 || rest[0] != lzma2 || rest[1] != propertySize {
		return errNotXZ
	}
	size, err := lzma.DecodeDictCap(rest[2])
	if err != nil {
		return err
	}
	if size > maxDictionary {
		return fmt.Errorf("its dictionary of %d bytes is too large", size)
	}
	return nil
}
