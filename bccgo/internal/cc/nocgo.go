//go:build !cgo

package cc

// haveCompiler tells that this binary cannot become a compile child.
const haveCompiler = false
