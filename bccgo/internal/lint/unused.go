package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// unusedTables finds tables that nothing in the text names and no instruction
// refers to. Those that other programs see are left out, and so are texts whose
// parts are elsewhere or made by the preprocessor from pieces.
func (in *Input) unusedTables() []Finding {
	if len(in.Bundle.Functions) == 0 || slices.ContainsFunc(in.Scan.Includes, func(i source.Include) bool { return i.Quoted }) {
		return nil
	}
	tokens := source.Tokenize(in.Text)
	var list []Finding
	for _, t := range in.Scan.Tables {
		m := in.Bundle.Map(t.Name)
		if m == nil || m.PinPath != "" || m.Extern || m.Exported() || in.mentions(tokens, t) || in.refersTo(m.ID) {
			continue
		}
		if name, ok := in.tableName(t); ok {
			list = append(list, at(name, fmt.Sprintf("table %s is never used: no function of the text names it, so it stays as Go leaves it; use it or take it out", t.Name)))
		}
	}
	return list
}

// tableName is the token with the name in a table's declaration.
func (in *Input) tableName(t source.Table) (source.Token, bool) {
	i := slices.IndexFunc(in.code, func(c source.Token) bool { return c.Line == t.Line && c.Is(t.Macro) })
	if i < 0 || i+1 >= len(in.code) {
		return source.Token{}, false
	}
	for _, c := range in.code[i+1 : source.Closing(in.code, i+1)] {
		if c.Is(t.Name) {
			return c, true
		}
	}
	return source.Token{}, false
}

// mentions tells whether a text has a table's name anywhere but where the table
// is declared, or may put it together.
func (in *Input) mentions(tokens []source.Token, table source.Table) bool {
	found := 0
	for _, t := range tokens {
		switch t.Kind {
		case source.Ident:
			if t.Text == table.Name {
				found++
			}
		case source.String:
			if strings.Contains(t.Text, table.Name) {
				found++
			}
		case source.Directive:
			if strings.Contains(t.Text, table.Name) || strings.Contains(t.Text, "##") {
				return true
			}
		}
	}
	return found > 1
}

// refersTo tells whether any instruction has a table's number: what a 64-bit load
// with source register 1 carries.
func (in *Input) refersTo(id int32) bool {
	for _, f := range in.Bundle.Functions {
		for _, ins := range decode(&f) {
			if ins.IsLoadFromMap() && int32(ins.Constant) == id {
				return true
			}
		}
	}
	return false
}
