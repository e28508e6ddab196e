package source

// Code returns the tokens of a text that the compiler parses, as far as they form
// one consistent program: no comments, no directives, and of branches that cannot
// all be part of one program the first.
func Code(text string) []Token { return liveTokens(Tokenize(text)) }

// Is tells whether a token is this operator, bracket, keyword or name.
func (t Token) Is(text string) bool { return t.is(text) }

// Closing returns the index of the bracket that closes tokens[open], or the last
// index when none does.
func Closing(tokens []Token, open int) int { return matching(tokens, open) }

// Arguments returns the arguments between the parentheses tokens[open] and
// tokens[end].
func Arguments(tokens []Token, open, end int) [][]Token { return splitArgs(tokens, open, end) }

// Join writes tokens on one line.
func Join(tokens []Token) string { return join(tokens) }

// Body returns the tokens of a function's body, its braces included.
func (f *Function) Body(code []Token) []Token { return bodyTokens(code, f.BodyOffset) }

// Header returns the tokens from a function's name to its body.
func (f *Function) Header(code []Token) []Token {
	for i, t := range code {
		if t.Line == f.Line && t.Col == f.Col {
			for k := i; k < len(code); k++ {
				if code[k].Offset == f.BodyOffset {
					return code[i:k]
				}
			}
		}
	}
	return nil
}
