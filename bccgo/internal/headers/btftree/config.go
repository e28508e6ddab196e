package btftree

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

const configPrefix = "CONFIG_"

// Config has a kernel's options by name, CONFIG_ included, as its build spelled
// them: y, m, a number or a quoted string.
type Config map[string]string

// ReadConfig reads a configuration: /proc/config.gz or /boot/config-RELEASE.
func ReadConfig(data []byte) (Config, error) {
	options, err := probe.ParseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("read the kernel's configuration: %w", err)
	}
	return options, nil
}

// certain are the options that a kernel with BTF and programs has. System calls
// have had their arguments wrapped since Linux 4.17 (arm64: 4.19), before BTF.
var certain = Config{"CONFIG_BPF": "y", "CONFIG_BPF_SYSCALL": "y", "CONFIG_DEBUG_INFO_BTF": "y", "CONFIG_ARCH_HAS_SYSCALL_WRAPPER": "y"}

// define returns the #define for an option as include/generated/autoconf.h has
// it, and that of the option built as a module; nothing if it is off.
func (c Config) define(name string) string {
	module := strings.TrimSuffix(name, "_MODULE")
	switch value := c[name]; {
	case value == "y":
		return fmt.Sprintf("#define %s 1\n", name)
	case value == "m":
		return fmt.Sprintf("#define %s_MODULE 1\n", name)
	case value != "":
		return fmt.Sprintf("#define %s %s\n", name, value)
	case module != name && c[module] == "m":
		return fmt.Sprintf("#define %s 1\n", name)
	}
	return ""
}
