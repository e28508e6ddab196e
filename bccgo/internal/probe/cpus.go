package probe

import (
	"fmt"
	"strconv"
	"strings"
)

// maxCPU bounds the numbers of a list, so that a damaged one cannot ask for
// gigabytes. The largest CONFIG_NR_CPUS is 8192.
const maxCPU = 1 << 16

// PossibleCPUs lists the CPUs that may ever come online, in rising order.
// Per-CPU map values have one slot for each of them.
func (k *Kernel) PossibleCPUs() ([]int, error) {
	return k.cpus("possible")
}

// OnlineCPUs lists the CPUs that are running now, in rising order.
func (k *Kernel) OnlineCPUs() ([]int, error) {
	return k.cpus("online")
}

func (k *Kernel) cpus(which string) ([]int, error) {
	text, err := k.root.ReadLine("/sys/devices/system/cpu/" + which)
	if err != nil {
		return nil, fmt.Errorf("read the %s CPUs: %w", which, err)
	}
	cpus, err := ParseCPUList(text)
	if err != nil {
		return nil, fmt.Errorf("read the %s CPUs: %w", which, err)
	}
	return cpus, nil
}

// ParseCPUList reads the kernel's list notation: "0-3,5" is 0, 1, 2, 3, 5.
// An empty list is empty. The numbers must rise, as the kernel's do.
func ParseCPUList(text string) ([]int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	var cpus []int
	next := 0
	for part := range strings.SplitSeq(text, ",") {
		first, last, err := cpuRange(part)
		if err != nil {
			return nil, fmt.Errorf("CPU list %q: %w", text, err)
		}
		if first < next {
			return nil, fmt.Errorf("CPU list %q: %q does not rise", text, part)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
		next = last + 1
	}
	return cpus, nil
}

func cpuRange(part string) (first, last int, err error) {
	low, high, isRange := strings.Cut(part, "-")
	if !isRange {
		high = low
	}
	if first, err = cpuNumber(low); err != nil {
		return 0, 0, err
	}
	if last, err = cpuNumber(high); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, fmt.Errorf("range %q falls", part)
	}
	return first, last, nil
}

func cpuNumber(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n >= maxCPU {
		return 0, fmt.Errorf("%q is no CPU number", text)
	}
	return int(n), nil
}
