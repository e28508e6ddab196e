package layout

// Kind says what a C type is made of.
type Kind uint8

// Kinds of C types.
const (
	Opaque  Kind = iota // no size known: void, a forward declaration, a function
	Int                 // any integer but plain char
	Bool                // _Bool
	Char                // plain char; arrays of it are text
	Enum                // enumeration
	Float               // float, double, long double
	Pointer             // an address, always 8 bytes in BPF
	Array               // Len elements of type Elem
	Struct              // Members one after the other
	Union               // Members on top of each other
)

var kindNames = [...]string{
	"opaque", "int", "bool", "char", "enum", "float", "pointer", "array", "struct", "union",
}

// String returns the kind in lower case, such as "struct".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown kind"
}

// Type is a C type: what it is, how it is spelled and where its parts lie.
//
// A Type is never changed once built and may be shared between goroutines. It
// is plain data and can be stored with any encoder.
type Type struct {
	Kind Kind
	// Name is the type as C spells it, through typedefs: "u32",
	// "struct data_t", "char[16]". An anonymous struct is just "struct".
	Name string
	// Tag is what a struct, union or enumeration is called where it is defined,
	// whatever typedefs and qualifiers Name has: "struct data_t". It is empty for
	// those without a name of their own.
	Tag string
	// Size is in bytes; 0 for opaque types and flexible arrays.
	Size int
	// Signed is set for integers and enumerations that hold negative values.
	Signed bool
	// Elem and Len describe arrays.
	Elem *Type
	Len  int
	// Members of a struct or union, in C order.
	Members []Member
	// Values of an enumeration, in C order.
	Values []EnumValue
}

// Member is one field of a struct or union.
type Member struct {
	// Name is empty for an anonymous struct or union, whose own members then
	// belong to the enclosing type.
	Name string
	Type *Type
	// Offset is in bytes from the start of the enclosing type. For a bitfield
	// it is the byte that holds its first bit.
	Offset int
	// BitOffset and BitSize are set for bitfields only: the first bit's place
	// in its byte (0 to 7, counted as the machine's byte order counts) and the
	// width in bits.
	BitOffset int
	BitSize   int
}

// EnumValue is one name of an enumeration.
type EnumValue struct {
	Name string
	// Value is sign-extended to 64 bits if the enumeration is signed.
	Value uint64
}

// IsText reports whether t is an array of plain char, which is read as text
// up to the first NUL.
func (t *Type) IsText() bool {
	return t.Kind == Array && t.Elem.Kind == Char
}

// size returns the bytes m touches.
func (m Member) size() int {
	if m.BitSize > 0 {
		return (m.BitOffset + m.BitSize + 7) / 8
	}
	return m.Type.Size
}

// end returns the offset of the first byte after m.
func (m Member) end() int { return m.Offset + m.size() }

// anonymous reports whether m's own members belong to the enclosing type.
func (m Member) anonymous() bool {
	return m.Name == "" && (m.Type.Kind == Struct || m.Type.Kind == Union)
}
