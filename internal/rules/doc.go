// Package rules holds the repository's rules as tests: what every package must
// have, what it may import, and that the documents tell the truth about names,
// dependencies and links. It has no code of its own.
package rules
