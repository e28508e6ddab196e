package layout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// recorded are the types of testdata/types.c as clang laid them out.
func recorded(t testing.TB) *btf.Spec {
	t.Helper()
	raw, err := os.ReadFile("testdata/types.btf")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// recordedStruct is one struct of testdata/types.c.
func recordedStruct(t testing.TB, name string) *Type {
	t.Helper()
	var s *btf.Struct
	if err := recorded(t).TypeByName(name, &s); err != nil {
		t.Fatal(err)
	}
	return fromBTF(t, s)
}

func fromBTF(t testing.TB, bt btf.Type) *Type {
	t.Helper()
	out, err := FromBTF(bt)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// description is one line of testdata/desc.json.
type description struct {
	Map, Part, Desc string
	Size            int
}

func descriptions(t testing.TB) []description {
	t.Helper()
	raw, err := os.ReadFile("testdata/desc.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []description
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no descriptions recorded")
	}
	return out
}

// libraryText declares what generated code uses of package bccgo.
const libraryText = `package bccgo

type Comm [16]byte

func CString(b []byte) string { return "" }
func Part[T any](b []byte, offset int) (v T) { return v }
func SetPart[T any](b []byte, offset int, v T) {}
func Bits[W uint8 | uint16 | uint32 | uint64](word W, first, last int) uint64 { return 0 }
func SignedBits[W uint8 | uint16 | uint32 | uint64](word W, first, last int) int64 { return 0 }
func SetBits[W uint8 | uint16 | uint32 | uint64](word *W, first, last int, value uint64) {}
func BitsIn(b []byte, first, last int) uint64 { return 0 }
func SignedBitsIn(b []byte, first, last int) int64 { return 0 }
func SetBitsIn(b []byte, first, last int, value uint64) {}
`

// onlyLibrary imports package bccgo and strconv alone.
type onlyLibrary struct{ library, strconv *types.Package }

func (o onlyLibrary) Import(path string) (*types.Package, error) {
	if path == "strconv" {
		return o.strconv, nil
	}
	return o.library, nil
}

func library(t testing.TB) types.Importer {
	t.Helper()
	load := func(path, text string) *types.Package {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := new(types.Config).Check(path, fset, []*ast.File{file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return pkg
	}
	return onlyLibrary{
		load(libraryPath, libraryText),
		load("strconv", "package strconv\nfunc FormatInt(n int64, base int) string { return \"\" }\nfunc FormatUint(n uint64, base int) string { return \"\" }\n"),
	}
}

// imports declares the imports that a source needs.
func imports(source string) string {
	var b strings.Builder
	code := regexp.MustCompile("//.*").ReplaceAllString(source, "")
	for _, path := range []string{libraryPath, "strconv"} {
		if strings.Contains(code, filepath.Base(path)+".") {
			fmt.Fprintf(&b, "import %q\n", path)
		}
	}
	return b.String()
}

// goTypeOf type-checks generated source as the compiler would and builds the
// reflect.Type that name has on this machine.
func goTypeOf(t testing.TB, source, name string) reflect.Type {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "generated.go", "package p\n\n"+imports(source)+source, 0)
	if err != nil {
		t.Fatalf("generated source does not parse: %v\n%s", err, source)
	}
	conf := types.Config{Sizes: types.SizesFor("gc", "amd64"), Importer: library(t)}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatalf("generated source does not compile: %v\n%s", err, source)
	}
	checkParts(t, file, info, conf.Sizes)
	obj := pkg.Scope().Lookup(name)
	if obj == nil {
		t.Fatalf("generated source declares no %s\n%s", name, source)
	}
	out := reflectOf(t, obj.Type())
	if want := conf.Sizes.Sizeof(obj.Type()); int64(out.Size()) != want {
		t.Fatalf("reflect says %d bytes, go/types %d\n%s", out.Size(), want, source)
	}
	return out
}

// checkParts makes sure that no accessor reaches beyond the bytes it is given.
func checkParts(t testing.TB, file *ast.File, info *types.Info, sizes types.Sizes) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		bytes, ok := call.Args[0].(*ast.SliceExpr)
		if !ok {
			return true
		}
		array := info.TypeOf(bytes.X)
		if pointer, ok := array.Underlying().(*types.Pointer); ok {
			array = pointer.Elem()
		}
		last, _ := constant.Int64Val(info.Types[call.Args[1]].Value)
		end := last
		switch {
		case len(call.Args) > 2 && info.Types[call.Args[2]].Value != nil: // bits
			last, _ = constant.Int64Val(info.Types[call.Args[2]].Value)
			end = last/8 + 1
		case len(call.Args) > 2: // SetPart
			end += sizes.Sizeof(info.TypeOf(call.Args[2]))
		default: // Part
			end += sizes.Sizeof(info.TypeOf(call))
		}
		if end > sizes.Sizeof(array) {
			t.Errorf("an accessor reaches byte %d of %v", end, array)
		}
		return true
	})
}

var basics = map[types.BasicKind]reflect.Type{
	types.Bool: reflect.TypeFor[bool](), types.Float32: reflect.TypeFor[float32](), types.Float64: reflect.TypeFor[float64](),
	types.Int8: reflect.TypeFor[int8](), types.Int16: reflect.TypeFor[int16](), types.Int32: reflect.TypeFor[int32](), types.Int64: reflect.TypeFor[int64](),
	types.Uint8: reflect.TypeFor[uint8](), types.Uint16: reflect.TypeFor[uint16](), types.Uint32: reflect.TypeFor[uint32](), types.Uint64: reflect.TypeFor[uint64](),
}

func reflectOf(t testing.TB, gt types.Type) reflect.Type {
	t.Helper()
	switch u := gt.Underlying().(type) {
	case *types.Basic:
		if rt, ok := basics[u.Kind()]; ok {
			return rt
		}
	case *types.Array:
		return reflect.ArrayOf(int(u.Len()), reflectOf(t, u.Elem()))
	case *types.Struct:
		var fields []reflect.StructField
		for i := range u.NumFields() {
			f := reflect.StructField{
				Name: u.Field(i).Name(), Type: reflectOf(t, u.Field(i).Type()), Tag: reflect.StructTag(u.Tag(i)),
			}
			if !u.Field(i).Exported() {
				f.PkgPath = "p"
			}
			fields = append(fields, f)
		}
		return reflect.StructOf(fields)
	}
	t.Fatalf("generated source uses %v", gt)
	return nil
}

// checkGenerated proves that GoStruct's answer for ct is formatted, compiles
// and passes Check.
func checkGenerated(t testing.TB, ct *Type) {
	t.Helper()
	source := GoStruct(ct, "event")
	formatted, err := format.Source([]byte(source))
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	if string(formatted) != source {
		t.Errorf("not formatted as gofmt does:\n%s\nwant\n%s", source, formatted)
	}
	if err := Check(ct, goTypeOf(t, source, "event")); err != nil {
		t.Errorf("generated type does not fit: %v\nfrom\n%s\nfor\n%s", err, source, ct.Table())
	}
}

// checkGeneratedFile is checkGenerated for the types of a file.
func checkGeneratedFile(t testing.TB, ct *Type) {
	t.Helper()
	if ct.Size == 0 {
		return
	}
	source := GoTypes([]Root{{Type: ct, Use: "key of table t", Hint: "Event"}})
	name := "Event"
	if word := ct.word(); word != "" {
		name = GoName(word)
	}
	formatted, err := format.Source([]byte(source.Decls))
	if err != nil || string(formatted) != source.Decls {
		t.Fatalf("not formatted: %v\n%s", err, source.Decls)
	}
	if err := Check(ct, goTypeOf(t, source.Decls, name)); err != nil {
		t.Errorf("generated type does not fit: %v\nfrom\n%s\nfor\n%s", err, source.Decls, ct.Table())
	}
}

// intType returns a BTF integer.
func intType(name string, size uint32, enc btf.IntEncoding) *btf.Int {
	return &btf.Int{Name: name, Size: size, Encoding: enc}
}

// at is a member at a byte offset.
func at(name string, offset uint32, bt btf.Type) btf.Member {
	return btf.Member{Name: name, Type: bt, Offset: btf.Bits(offset * 8)}
}

// bitsAt is a bitfield at a bit offset.
func bitsAt(name string, offset, size uint32, bt btf.Type) btf.Member {
	return btf.Member{Name: name, Type: bt, Offset: btf.Bits(offset), BitfieldSize: btf.Bits(size)}
}

// array returns an array of n.
func array(n uint32, bt btf.Type) *btf.Array {
	return &btf.Array{Type: bt, Index: intType("int", 4, btf.Signed), Nelems: n}
}

var (
	cU8    = &btf.Typedef{Name: "u8", Type: intType("unsigned char", 1, btf.Unsigned)}
	cU16   = &btf.Typedef{Name: "u16", Type: intType("unsigned short", 2, btf.Unsigned)}
	cU32   = &btf.Typedef{Name: "u32", Type: intType("unsigned int", 4, btf.Unsigned)}
	cU64   = &btf.Typedef{Name: "u64", Type: intType("unsigned long long", 8, btf.Unsigned)}
	cS32   = &btf.Typedef{Name: "s32", Type: intType("int", 4, btf.Signed)}
	cChar  = intType("char", 1, btf.Signed)
	cBool  = intType("_Bool", 1, btf.Bool)
	cFloat = &btf.Float{Name: "double", Size: 8}
)
