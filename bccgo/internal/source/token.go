package source

// Kind classifies a token.
type Kind uint8

// The kinds of token. Keywords are identifiers.
const (
	// Ident is an identifier or keyword.
	Ident Kind = iota + 1
	// Number is a preprocessing number.
	Number
	// String is a string literal with its quotes and encoding prefix.
	String
	// Char is a character constant with its quotes.
	Char
	// Punct is an operator or punctuator, as long as possible ("->", "<<=").
	Punct
	// Comment is a block or line comment.
	Comment
	// Directive is a whole preprocessor directive without its final newline,
	// continuation lines and comments inside it included.
	Directive
	// Other is a byte that starts no C token, such as a stray backslash.
	Other
)

// Token is a piece of C text. Its Text is the text at Offset, unchanged, so
// tokens together with the white space between them make up the whole text.
type Token struct {
	Kind   Kind
	Text   string
	Offset int
	Line   int // of the first byte, from 1
	Col    int // of the first byte, from 1, in bytes
}

// End is the offset of the first byte after the token.
func (t Token) End() int { return t.Offset + len(t.Text) }

func (t Token) is(text string) bool {
	return (t.Kind == Punct || t.Kind == Ident) && t.Text == text
}

// isCode tells tokens the compiler parses from comments and directives.
func (t Token) isCode() bool { return t.Kind != Comment && t.Kind != Directive }
