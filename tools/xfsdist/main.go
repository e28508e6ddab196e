// Xfsdist prints how long reads, writes, opens and fsyncs of files on XFS take,
// as histograms.
package main

import (
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(fsops.Dist(fsops.XFS)) }
