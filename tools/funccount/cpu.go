package main

import (
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo"
)

// checkCPU refuses processors that the machine does not have.
func (o *options) checkCPU() error {
	if o.cpu == -1 {
		return nil
	}
	cpus, err := bccgo.PossibleCPUs()
	if err != nil {
		return err
	}
	if !slices.Contains(cpus, o.cpu) {
		return fmt.Errorf("--cpu %d: this machine has the processors %v", o.cpu, cpus)
	}
	return nil
}
