package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Lockdown returns the kernel's lockdown mode: "none", "integrity" or
// "confidentiality". A kernel built without it is "none". With securityfs not
// mounted nothing tells, and the error is fs.ErrNotExist.
func (k *Kernel) Lockdown() (string, error) {
	text, err := k.root.ReadLine("/sys/kernel/security/lockdown")
	if err == nil {
		return parseLockdown(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the lockdown mode: %w", err)
	}
	if k.unset("CONFIG_SECURITY_LOCKDOWN_LSM") != "" {
		return "none", nil
	}
	// securityfs always has the list of security modules.
	if mounted, _ := k.root.Exists("/sys/kernel/security/lsm"); mounted {
		return "none", nil
	}
	return "", fmt.Errorf("read the lockdown mode: %w", err)
}

// parseLockdown picks the bracketed word of "none [integrity] confidentiality".
func parseLockdown(text string) (string, error) {
	_, rest, open := strings.Cut(text, "[")
	mode, _, closed := strings.Cut(rest, "]")
	if !open || !closed || mode == "" {
		return "", fmt.Errorf("read the lockdown mode: no mode is marked in %q", text)
	}
	return mode, nil
}

// lockedDown returns the reason why feature is forbidden, or nil. A mode that
// cannot be read forbids nothing: the kernel itself will say.
func (k *Kernel) lockedDown(feature string) error {
	if mode, err := k.Lockdown(); err != nil || mode != "confidentiality" {
		return nil
	}
	return &UnsupportedError{
		Feature: feature,
		Reason:  "the kernel is locked down in confidentiality mode",
		Fix:     "boot with lockdown=integrity or lockdown=none on the kernel command line",

		Lockdown: true,
	}
}
