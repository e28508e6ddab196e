package usym

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// openFlags keep an open from waiting and from making a terminal ours.
const openFlags = unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC

// openIn opens the regular file path below root. No link, of whoever owns the
// files there, leads out of root.
func openIn(root, path string) (*os.File, error) {
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", root, err)
	}
	defer unix.Close(dir)
	full := filepath.Join(root, path)
	fd, err := unix.Openat2(dir, path, &unix.OpenHow{
		Flags: unix.O_RDONLY | openFlags, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if errors.Is(err, unix.ENOSYS) {
		// Before Linux 5.6: follow links in steps, which the files' owner could
		// change meanwhile.
		fd, err = unix.Open(rootfs.FS(root).Path(path), unix.O_RDONLY|unix.O_NOFOLLOW|openFlags, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", full, err)
	}
	return regular(os.NewFile(uintptr(fd), full))
}
