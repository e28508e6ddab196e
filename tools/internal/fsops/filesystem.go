package fsops

import (
	"fmt"
	"os"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Op is an operation on files.
type Op uint32

// The operations, as the C text numbers them.
const (
	Read Op = iota
	Write
	Open
	Fsync
	numOps
)

// String is the operation's name.
func (o Op) String() string { return [...]string{"read", "write", "open", "fsync"}[o] }

// Letter is the operation in a column of one character; S is for fsync.
func (o Op) Letter() string { return "RWOS"[o : o+1] }

// FileSystem is a kind of file system.
type FileSystem struct {
	// Name is the name that mount(8) has for it, Title the one to print.
	Name, Title string
	// Magic tells its files from those of others where a function serves several
	// file systems: s_magic of linux/magic.h, of fs/xfs/libxfs/xfs_format.h for XFS.
	Magic uint64
	// Functions are those of each operation, the one of newer kernels first.
	Functions [numOps][]string
}

// The file systems that there are tools for.
var (
	Ext4 = &FileSystem{Name: "ext4", Title: "ext4", Magic: 0xef53, Functions: [numOps][]string{
		Read: {"ext4_file_read_iter"}, Write: {"ext4_file_write_iter"}, Open: {"ext4_file_open"}, Fsync: {"ext4_sync_file"},
	}}
	XFS = &FileSystem{Name: "xfs", Title: "XFS", Magic: 0x58465342, Functions: [numOps][]string{
		Read: {"xfs_file_read_iter"}, Write: {"xfs_file_write_iter"}, Open: {"xfs_file_open"}, Fsync: {"xfs_file_fsync"},
	}}
	// In older kernels btrfs reads by the function that file systems have in common.
	Btrfs = &FileSystem{Name: "btrfs", Title: "btrfs", Magic: 0x9123683e, Functions: [numOps][]string{
		Read: {"btrfs_file_read_iter", "generic_file_read_iter"}, Write: {"btrfs_file_write_iter"},
		Open: {"btrfs_file_open", "generic_file_open"}, Fsync: {"btrfs_sync_file"},
	}}
)

// find chooses the function of each operation.
func (f *FileSystem) find(s *toolkit.Session) ([numOps]string, error) {
	var found [numOps]string
	for op, names := range f.Functions {
		var texts []string
		for _, name := range names {
			texts = append(texts, "kprobe:"+name)
		}
		text, err := bccgo.FirstProbe(texts...)
		if err != nil {
			return found, f.missing("/", Op(op), err)
		}
		found[op] = strings.TrimPrefix(text, "kprobe:")
		s.Notef("%s: %s", Op(op), found[op])
	}
	return found, nil
}

// missing adds to an error why the kernel may lack the function of an operation.
func (f *FileSystem) missing(root string, op Op, err error) error {
	if bccgo.SupportKprobes() == nil && !f.registered(root) {
		err = fmt.Errorf("the kernel has no %s until something is mounted, or modprobe %s loads it: %w", f.Title, f.Name, err)
	}
	return fmt.Errorf("%ss of %s: %w", op, f.Title, err)
}

// registered tells whether the kernel has the file system, built in or loaded.
func (f *FileSystem) registered(root string) bool {
	text, err := os.ReadFile(root + "/proc/filesystems")
	if err != nil {
		return true // not known to be missing
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[len(fields)-1] == f.Name {
			return true
		}
	}
	return false
}
