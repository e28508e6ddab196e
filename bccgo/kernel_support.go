package bccgo

import (
	"errors"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// SupportKprobeMulti returns nil where one link can serve many kernel functions
// (Linux 5.18, CONFIG_FPROBE), else an *UnsupportedError, or a *PermissionError
// if this process may not find out. It is tried, once.
func SupportKprobeMulti() error {
	return tried(features.HaveBPFLinkKprobeMulti(), &UnsupportedError{
		Feature: "kprobe_multi links",
		Reason:  "the kernel is older than 5.18 or built without CONFIG_FPROBE",
		Fix:     "attach to functions one by one",
	})
}

// tried gives the result of trying a feature its type.
func tried(err error, lack *UnsupportedError) error {
	switch {
	case errors.Is(err, ebpf.ErrNotSupported):
		return lack
	case errors.Is(err, unix.EPERM):
		return permission("look for "+lack.Feature, err)
	}
	return err
}
