// The contender that links libbcc: a module of its own, so that the project's
// module needs neither cgo nor libbcc outside of bccgo/internal/cc.
module github.com/bccgo/bcc/scripts/benchmark/gobpf

go 1.25.0

require github.com/iovisor/gobpf v0.2.1-0.20221005153822-16120a1bf4d4
