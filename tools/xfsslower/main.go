// Xfsslower prints reads, writes, opens and fsyncs of files on XFS that take
// longer than a limit.
package main

import (
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(fsops.Slower(fsops.XFS)) }
