// Ext4dist prints how long reads, writes, opens and fsyncs of files on ext4 take,
// as histograms.
package main

import (
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(fsops.Dist(fsops.Ext4)) }
