// Ext4slower prints reads, writes, opens and fsyncs of files on ext4 that take
// longer than a limit.
package main

import (
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(fsops.Slower(fsops.Ext4)) }
