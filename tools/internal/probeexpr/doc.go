// Package probeexpr reads the C in the texts by which tools are told what to
// trace: it cuts such a text into its parts, finds the names that expressions use
// and puts other C in their place, and keeps in mind which part of the user's text
// everything came from, so that an error has a mark below it.
//
// It knows brackets, literals and names, and leaves it to the compiler to
// understand the rest. There are no comments.
package probeexpr
