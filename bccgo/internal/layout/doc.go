// Package layout knows how C types lie in memory and how Go types may read
// them.
//
// A [Type] is a C type with typedefs and qualifiers resolved and every offset
// known. It comes from BTF ([FromBTF], exact) or, where there is no BTF, from
// the textual description libbcc keeps of map keys and values ([FromDesc]).
//
// Two ways lead from raw bytes to values. A Go type that passed [Check] once
// is read by [View] or [Copy] without reflection and without allocation. When
// no Go type is at hand, [Type.Decode] yields a [Value] that prints itself as
// text and as JSON.
//
// This package is one of the few allowed to import unsafe; view.go holds all
// of its uses.
package layout
