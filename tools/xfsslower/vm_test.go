package main

import (
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest/fstest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestVM(t *testing.T) { fstest.Slower(t, "xfs") }

func TestVMSideBySide(t *testing.T) { fstest.SlowerSideBySide(t, "xfs") }
