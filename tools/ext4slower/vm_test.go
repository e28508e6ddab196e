package main

import (
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest/fstest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestVM(t *testing.T) { fstest.Slower(t, "ext4") }

func TestVMCSV(t *testing.T) { fstest.CSV(t, "ext4") }

func TestVMSideBySide(t *testing.T) { fstest.SlowerSideBySide(t, "ext4") }
