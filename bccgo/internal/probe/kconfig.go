package probe

import (
	"bufio"
	"bytes"
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
	data, err := k.root.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, ".gz") && !gzipped(data) {
		return nil, fmt.Errorf("%s: %w", path, gzip.ErrHeader)
	}
	options, err := ParseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for name, value := range options {
		options[name] = strings.Trim(value, `"`)
	}
	return options, nil
}

// maxConfig and maxConfigLine are far more than a configuration has.
const (
	maxConfig     = 16 << 20
	maxConfigLine = 1 << 20
)

// ParseConfig reads a kernel's configuration, plain or gzipped, as its build
// wrote it: options by name, CONFIG_ included, with y, m, a number or a quoted
// string.
func ParseConfig(data []byte) (map[string]string, error) {
	var r io.Reader = bytes.NewReader(data)
	if gzipped(data) {
		plain, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = io.LimitReader(plain, maxConfig)
	}
	options := make(map[string]string)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxConfigLine)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if ok && strings.HasPrefix(name, "CONFIG_") {
			options[name] = value
		}
	}
	return options, lines.Err()
}

// gzipped tells by the magic number of gzip.
func gzipped(data []byte) bool { return bytes.HasPrefix(data, []byte("\x1f\x8b")) }

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
