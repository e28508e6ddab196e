// Package blocktest is what the tests of tools share that follow requests of disks.
package blocktest
