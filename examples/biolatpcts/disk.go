package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sysBlock has a folder for each disk and partition; tests move it.
var sysBlock = "/sys/class/block"

// findDisk returns the device numbers of a disk named as below /dev.
func findDisk(name string) (major, minor string, err error) {
	name = strings.TrimPrefix(name, "/dev/")
	dir := filepath.Join(sysBlock, filepath.Base(name))
	data, err := os.ReadFile(filepath.Join(dir, "dev"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("there is no disk %s; lsblk -d lists those there are: %w", name, err)
	}
	if err != nil {
		return "", "", fmt.Errorf("find disk %s: %w", name, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "partition")); err == nil {
		return "", "", fmt.Errorf("%s is a partition; requests know their disk alone", name)
	}
	major, minor, ok := strings.Cut(strings.TrimSpace(string(data)), ":")
	if !ok {
		return "", "", fmt.Errorf("find disk %s: %s/dev has %q, not two numbers", name, dir, data)
	}
	return major, minor, nil
}
