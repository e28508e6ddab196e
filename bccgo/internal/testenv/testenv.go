// Package testenv is internal/testenv under its former path.
//
// Deprecated: import github.com/bccgo/bcc/internal/testenv.
package testenv

import "github.com/bccgo/bcc/internal/testenv"

type (
	Proc   = testenv.Proc
	Result = testenv.Result
	Stage  = testenv.Stage
)

const (
	StageEnv  = testenv.StageEnv
	StageUnit = testenv.StageUnit
	StageLive = testenv.StageLive
	StageVM   = testenv.StageVM
)

var (
	Main           = testenv.Main
	Live           = testenv.Live
	VM             = testenv.VM
	NeedFentry     = testenv.NeedFentry
	NeedHeaders    = testenv.NeedHeaders
	NeedKprobes    = testenv.NeedKprobes
	NeedProgram    = testenv.NeedProgram
	NeedTracefs    = testenv.NeedTracefs
	NeedTracepoint = testenv.NeedTracepoint
	NeedUprobes    = testenv.NeedUprobes
	Timeout        = testenv.Timeout
	Tool           = testenv.Tool
	BuildDir       = testenv.BuildDir
	Run            = testenv.Run
	Start          = testenv.Start
	StartCmd       = testenv.StartCmd
	Current        = testenv.Current
)
