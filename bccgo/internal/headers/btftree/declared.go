package btftree

import "github.com/bccgo/bcc/bccgo/internal/source"

// declaredBy finds the names of members and variables that a text declares, as
// far as that can be told without its types: a name after a type's name, or after
// that and an asterisk. A macro of the shims must not replace them: the header
// that has the macro may not be among those that the text includes.
func declaredBy(text string) map[string]bool {
	names := make(map[string]bool)
	tokens := codeTokens(text)
	for i := 1; i+1 < len(tokens); i++ {
		if tokens[i].Kind == source.Ident && endsDeclarator(tokens[i+1].Text) && afterType(tokens[:i]) {
			names[tokens[i].Text] = true
		}
	}
	return names
}

func endsDeclarator(next string) bool {
	switch next {
	case ";", "=", ",", "[", ":", ")":
		return true
	}
	return false
}

// statementWords are keywords that a value may follow.
var statementWords = lazySet("return goto case else sizeof typeof __typeof__ do default struct union enum")

// baseTypes are the types that declarations of pointers are known by.
var baseTypes = lazySet(`void char short int long unsigned signed u8 u16 u32 u64 s8 s16 s32 s64
	__u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 size_t bool`)

// afterType tells whether the tokens end with a type's name, or with a pointer to
// a type that is known as one.
func afterType(before []source.Token) bool {
	last := before[len(before)-1]
	if last.Kind == source.Ident {
		return !statementWords()[last.Text]
	}
	stars := len(before)
	for stars > 0 && before[stars-1].Text == "*" {
		stars--
	}
	if stars == 0 || stars == len(before) {
		return false
	}
	typ := before[stars-1]
	return baseTypes()[typ.Text] || stars > 1 && isTagWord(before[stars-2].Text)
}
