package elfsym

import "regexp"

// Match returns the functions whose names match, by rising offset. A function
// with several names is given once for each that matches.
func (b *Binary) Match(re *regexp.Regexp) []Symbol {
	var found []Symbol
	for _, symbol := range b.symbols {
		if re.MatchString(symbol.Name) {
			found = append(found, symbol)
		}
	}
	return found
}

// CheckCode returns a *SymbolError unless the byte at offset in the file is
// loaded to be executed.
func (b *Binary) CheckCode(offset uint64) error {
	for _, s := range b.segments {
		if offset >= s.Off && offset-s.Off < s.Filesz {
			return nil
		}
	}
	return &SymbolError{Path: b.path, Symbol: "at offset " + hex(offset), Misplaced: true, Reason: "the offset is not in the file's code"}
}
