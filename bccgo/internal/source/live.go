package source

import "strings"

// live marks the code tokens that form one consistent program, although
// nothing here evaluates conditions: every branch of an #if counts as long as
// each branch balances its brackets. Otherwise only the first branch counts,
// and the body of "#if 0" never does.
func live(tokens []Token) []bool {
	alive := make([]bool, len(tokens))
	var open []conditional
	for i, t := range tokens {
		if t.Kind == Directive {
			open = conditionalStep(open, tokens, alive, i)
			continue
		}
		alive[i] = t.isCode()
	}
	return alive
}

// conditional is an #if being read. Branch k is the tokens between the
// directives at[k] and at[k+1].
type conditional struct {
	at   []int
	dead bool // the first branch is "#if 0"
}

func conditionalStep(open []conditional, tokens []Token, alive []bool, i int) []conditional {
	name, rest := directive(tokens[i].Text)
	switch name {
	case "if", "ifdef", "ifndef":
		return append(open, conditional{at: []int{i}, dead: name == "if" && rest == "0"})
	case "else", "elif", "elifdef", "elifndef", "endif":
		if len(open) == 0 {
			return open
		}
		last := &open[len(open)-1]
		last.at = append(last.at, i)
		if name == "endif" {
			last.settle(tokens, alive)
			open = open[:len(open)-1]
		}
	}
	return open
}

// settle drops the branches that do not count.
func (c *conditional) settle(tokens []Token, alive []bool) {
	first := 0
	if c.dead {
		clear(alive[c.at[0]:c.at[1]])
		first = 1
	}
	for k := first; k+1 < len(c.at); k++ {
		if !balanced(tokens, alive, c.at[k], c.at[k+1]) {
			if first+1 < len(c.at) {
				clear(alive[c.at[first+1]:c.at[len(c.at)-1]])
			}
			return
		}
	}
}

// balanced tells whether the live tokens in [from, to) close what they open
// and nothing else.
func balanced(tokens []Token, alive []bool, from, to int) bool {
	depth := 0
	for i := from; i < to && depth >= 0; i++ {
		if !alive[i] || tokens[i].Kind != Punct {
			continue
		}
		switch tokens[i].Text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
	}
	return depth == 0
}

// liveTokens returns the live tokens of a text.
func liveTokens(tokens []Token) []Token {
	alive := live(tokens)
	out := make([]Token, 0, len(tokens))
	for i, t := range tokens {
		if alive[i] {
			out = append(out, t)
		}
	}
	return out
}

// directive splits "#  name rest" and joins its continuation lines. The name
// of a line marker ("# 12 ...") and of a lone "#" is empty.
func directive(text string) (name, rest string) {
	var words []string
	for _, t := range Tokenize(text[1:]) {
		if t.Kind == Comment {
			continue
		}
		words = append(words, t.Text)
	}
	if len(words) == 0 || !isIdent(words[0][0]) || isDigit(words[0][0]) {
		return "", strings.Join(words, " ")
	}
	return words[0], strings.Join(words[1:], " ")
}
