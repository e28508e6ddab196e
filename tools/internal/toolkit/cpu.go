package toolkit

import (
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo"
)

// CheckCPU refuses a value of --cpu that is no processor of the machine; -1 means
// all.
func CheckCPU(cpu int) error {
	if cpu == -1 {
		return nil
	}
	cpus, err := bccgo.PossibleCPUs()
	if err != nil {
		return err
	}
	if !slices.Contains(cpus, cpu) {
		return fmt.Errorf("--cpu %d: this machine has the processors %v", cpu, cpus)
	}
	return nil
}
