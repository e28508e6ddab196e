package bccgo

import "github.com/bccgo/bcc/bccgo/internal/probe"

// OnlineCPUs lists the CPUs that run now, in rising order; there may be gaps.
func OnlineCPUs() ([]int, error) { return probe.Running().OnlineCPUs() }

// PossibleCPUs lists the CPUs that may ever come online, in rising order.
// Per-CPU tables have a value for each of them.
func PossibleCPUs() ([]int, error) { return probe.Running().PossibleCPUs() }
