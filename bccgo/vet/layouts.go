package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/ctypes"
)

// finding is something that is wrong, and where.
type finding struct {
	pos      token.Pos
	category string
	err      error
}

// compareType compares a Go type with a C type, as opening the table does.
func (c *checker) compareType(r role, t types.Type, table *bundle.Map, p *program) error {
	g := goType(t, c.pass.TypesSizes)
	op := "stream"
	var err error
	switch r {
	case eventRole:
		events, bad := p.types.Events(table.Name)
		if err = bad; err == nil {
			_, err = ctypes.Fitting(events, g, table.Name)
		}
	case keyRole:
		op = "key of table"
		key, bad := p.types.Key(table)
		if err = bad; err == nil {
			err = ctypes.CheckEntry(key, table.KeySize, g)
		}
	case valueRole:
		op = "value of table"
		value, bad := p.types.Value(table)
		if err = bad; err == nil {
			err = ctypes.CheckEntry(value, table.ValueSize, g)
		}
	}
	if err != nil {
		return &bccgo.LayoutError{Op: op, Table: table.Name, Err: err}
	}
	return nil
}

// isParameter tells a type that only the caller of a generic function knows.
func isParameter(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Array:
		return isParameter(t.Elem())
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			if isParameter(arg) {
				return true
			}
		}
	case *types.Struct:
		for field := range t.Fields() {
			if isParameter(field.Type()) {
				return true
			}
		}
	}
	return false
}

// typePos is where type argument i is written, or the call if it is not.
func (c *checker) typePos(call *ast.CallExpr, i int) token.Pos {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.IndexExpr:
		return fun.Index.Pos()
	case *ast.IndexListExpr:
		return fun.Indices[min(i, len(fun.Indices)-1)].Pos()
	}
	return call.Pos()
}
