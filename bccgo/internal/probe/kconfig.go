package probe

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Config returns the value of a kernel build option, such as "y" or "m" for
// CONFIG_KPROBES; an option that is not set is "". String values are without
// their quotes. It reads /proc/config.gz or the file a distribution installs;
// without any the error is fs.ErrNotExist.
func (k *Kernel) Config(option string) (string, error) {
	options, err := k.config()
	if err != nil {
		return "", err
	}
	return options[option], nil
}

func (k *Kernel) readConfig() (map[string]string, error) {
	path, err := k.ConfigFile()
	if err != nil {
		return nil, err
	}
	options, err := k.readConfigFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the kernel's configuration: %w", err)
	}
	return options, nil
}

// ConfigFile returns the file with the kernel's configuration, which may be
// gzipped, as it is inside the root; without any the error is fs.ErrNotExist.
func (k *Kernel) ConfigFile() (string, error) {
	release, err := k.Release()
	if err != nil {
		return "", err
	}
	paths := []string{
		"/proc/config.gz",
		"/boot/config-" + release,
		"/lib/modules/" + release + "/config",
		"/lib/modules/" + release + "/build/.config",
	}
	for _, path := range paths {
		if there, err := k.root.Exists(path); err != nil || there {
			return path, err
		}
	}
	return "", fmt.Errorf("read the kernel's configuration: none of %s: %w",
		strings.Join(paths, ", "), fs.ErrNotExist)
}

func (k *Kernel) readConfigFile(path string) (map[string]string, error) {
	file, err := k.root.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if !strings.HasSuffix(path, ".gz") {
		return parseConfig(file)
	}
	plain, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return parseConfig(plain)
}

func parseConfig(r io.Reader) (map[string]string, error) {
	options := make(map[string]string)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if ok && strings.HasPrefix(name, "CONFIG_") {
			options[name] = strings.Trim(value, `"`)
		}
	}
	return options, lines.Err()
}

// unset returns the first of options that the kernel was built without, or ""
// where all are set or nothing tells.
func (k *Kernel) unset(options ...string) string {
	known, err := k.config()
	if err != nil {
		return ""
	}
	for _, option := range options {
		if known[option] == "" {
			return option
		}
	}
	return ""
}
