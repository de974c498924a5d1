package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"treenail/tables/upstream"
)

// special are the types whose YAML differs from their Go fields.
var special = map[string]Shape{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                                     {Code: 't'},
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                                {Code: 't'},
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":                                 {Code: 'd'},
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                                 {Code: 'x'},
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                                 {Code: 'q'},
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":                               {Code: 'p'},
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                                  {Code: 'x'},
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON":                 {Code: 'x'},
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaProps":      {Code: 'x'},
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1.JSON":            {Code: 'x'},
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1.JSONSchemaProps": {Code: 'x'},
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1.ParamValue":                  {Code: 'x'},
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1.ParamValue":             {Code: 'x'},
	"knative.dev/pkg/apis.URL":                                                      {Code: 's'},
	"knative.dev/pkg/apis.VolatileTime":                                             {Code: 't'},
}

// goPackage is one package: its types, the strings of its enumerations, its methods.
type goPackage struct {
	path   string
	types  map[string]*goType
	values map[string][]string
	custom map[string]bool
	since  map[string]*lifecycle
}

type goType struct {
	spec    *ast.TypeSpec
	doc     string
	imports map[string]string
	done    *Type
}

// source reads Go packages, each once.
type source struct{ packages map[string]*goPackage }

func newSource() *source { return &source{map[string]*goPackage{}} }

func (s *source) load(where string) *goPackage {
	if p := s.packages[where]; p != nil {
		return p
	}
	dir := upstream.Locate(where)
	if dir == "" {
		upstream.Fail("%s is in none of the modules", where)
	}
	p := &goPackage{
		where, map[string]*goType{}, map[string][]string{}, map[string]bool{}, map[string]*lifecycle{},
	}
	s.packages[where] = p
	entries, err := os.ReadDir(dir)
	upstream.Must(err)
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			p.read(filepath.Join(dir, name))
		}
	}
	return p
}

func (p *goPackage) read(file string) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	upstream.Must(err)
	imports := map[string]string{}
	for _, i := range parsed.Imports {
		where, _ := strconv.Unquote(i.Path.Value)
		name := path.Base(where)
		if i.Name != nil {
			name = i.Name.Name
		}
		imports[name] = where
	}
	for _, declaration := range parsed.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			p.method(d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					p.types[spec.Name.Name] = &goType{spec, d.Doc.Text() + commentText(d.Doc) + spec.Doc.Text(), imports, nil}
				case *ast.ValueSpec:
					p.constant(spec)
				}
			}
		}
	}
}

// commentText includes the markers, which `Text` of a comment omits if they look like directives.
func commentText(group *ast.CommentGroup) string {
	if group == nil {
		return ""
	}
	var text strings.Builder
	for _, line := range group.List {
		text.WriteString(line.Text + "\n")
	}
	return text.String()
}

func (p *goPackage) constant(spec *ast.ValueSpec) {
	for _, value := range spec.Values {
		named, _ := spec.Type.(*ast.Ident)
		if call, ok := value.(*ast.CallExpr); ok && len(call.Args) == 1 {
			named, _ = call.Fun.(*ast.Ident)
			value = call.Args[0]
		}
		literal, ok := value.(*ast.BasicLit)
		if named == nil {
			continue
		}
		text := unreadable
		if ok && literal.Kind == token.STRING {
			text, _ = strconv.Unquote(literal.Value)
		}
		p.values[named.Name] = append(p.values[named.Name], text)
	}
}

func (p *goPackage) method(d *ast.FuncDecl) {
	if d.Recv == nil {
		return
	}
	receiver := d.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	owner, ok := receiver.(*ast.Ident)
	if !ok {
		return
	}
	if d.Name.Name == "UnmarshalJSON" || d.Name.Name == "UnmarshalYAML" {
		p.custom[owner.Name] = true
	}
	p.lifecycleOf(owner.Name, d)
}

// shape returns the shape of a Go type's YAML.
func (s *source) shape(p *goPackage, at *goType, expression ast.Expr) Shape {
	switch e := expression.(type) {
	case *ast.StarExpr:
		return s.shape(p, at, e.X)
	case *ast.ArrayType:
		if name, ok := e.Elt.(*ast.Ident); ok && name.Name == "byte" {
			return Shape{Code: 'y'}
		}
		return s.shape(p, at, e.Elt).in('[')
	case *ast.MapType:
		return s.shape(p, at, e.Value).in('{')
	case *ast.InterfaceType:
		return Shape{Code: 'x'}
	case *ast.SelectorExpr:
		where := at.imports[e.X.(*ast.Ident).Name]
		return s.named(where, e.Sel.Name)
	case *ast.Ident:
		switch {
		case e.Name == "string":
			return Shape{Code: 's'}
		case e.Name == "bool":
			return Shape{Code: 'b'}
		case e.Name == "any":
			return Shape{Code: 'x'}
		case strings.HasPrefix(e.Name, "float"):
			return Shape{Code: 'n'}
		case p.types[e.Name] == nil && (strings.HasPrefix(e.Name, "int") || strings.HasPrefix(e.Name, "uint")):
			return Shape{Code: 'i'}
		}
		return s.named(p.path, e.Name)
	}
	upstream.Fail("%s: a type that is not understood: %s", p.path, reflect.TypeOf(expression))
	return Shape{}
}

func (s *source) named(where, name string) Shape {
	if shape, ok := special[where+"."+name]; ok {
		return shape
	}
	p := s.load(where)
	t := p.types[name]
	switch {
	case t == nil:
		upstream.Fail("%s has no type %s", where, name)
	case p.custom[name]:
		upstream.Fail("%s.%s reads its own YAML: say in `special` what it looks like", where, name)
	}
	structure, ok := t.spec.Type.(*ast.StructType)
	if !ok {
		shape := s.shape(p, t, t.spec.Type)
		if shape.Code == 's' && strings.Contains(t.doc, "+enum") {
			return enumeration(p.values[name])
		}
		return shape
	}
	if t.done == nil {
		t.done = &Type{Name: name, Origin: where}
		s.fields(p, t, structure, t.done)
		slices.SortFunc(t.done.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	}
	if t.done.Open && len(t.done.Fields) == 0 {
		return Shape{Code: 'x'}
	}
	return Shape{Code: 'T', Type: t.done}
}

// unreadable stands for a computed value of an enumeration; the whole enumeration then counts as text.
const unreadable = " "

// enumeration counts as text if a value contains a space, which the lines of the table cannot express.
func enumeration(values []string) Shape {
	if len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, " |") }) {
		return Shape{Code: 's'}
	}
	return Shape{Code: '=', Values: sorted(values)}
}

func (s *source) fields(p *goPackage, t *goType, structure *ast.StructType, into *Type) {
	for _, field := range structure.Fields.List {
		tag := ""
		if field.Tag != nil {
			text, _ := strconv.Unquote(field.Tag.Value)
			tag = reflect.StructTag(text).Get("json")
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" || (len(field.Names) > 0 && !field.Names[0].IsExported()) {
			continue
		}
		if name == "" && len(field.Names) == 0 {
			s.inline(p, t, field, into)
			continue
		}
		if name == "" {
			name = field.Names[0].Name
		}
		into.add(Field{name, required(p, into, name, options, commentText(field.Doc)), s.field(p, t, into, name, field)})
	}
}

// field returns the shape of a field. Only controllers write a status, so its fields are ignored.
func (s *source) field(p *goPackage, t *goType, into *Type, name string, field *ast.Field) Shape {
	if name == "status" && into.has("metadata") {
		return Shape{Code: 'x'}
	}
	if name == "matchLabels" || (name == "labels" && into.Name == "ObjectMeta") {
		return Shape{Code: 'l'}.in('{')
	}
	return s.shape(p, t, field.Type)
}

func (s *source) inline(p *goPackage, t *goType, field *ast.Field, into *Type) {
	shape := s.shape(p, t, field.Type)
	switch {
	case shape.Code == 'x':
		into.Open = true
	case shape.Code == 'T':
		for _, f := range shape.Type.Fields {
			into.add(f)
		}
		into.Open = into.Open || shape.Type.Open
	default:
		upstream.Fail("%s.%s: a part that is neither open nor a struct", p.path, into.Name)
	}
}

// required follows kube-openapi: markers decide, and without any the tag. The requirements of kustomize and knative are in
// their code.
func required(p *goPackage, owner *Type, name, options, doc string) bool {
	isOptional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
	switch {
	case strings.HasPrefix(p.path, "sigs.k8s.io/kustomize"), strings.HasPrefix(p.path, "knative.dev"):
		return false
	case strings.Contains(doc, "+default"):
		return false
	case strings.Contains(doc, "+required"):
		return true
	case strings.Contains(doc, "+optional"), isOptional:
		return false
	case strings.HasPrefix(p.path, "github.com/tektoncd/"):
		return !slices.Contains(tektonOptional, owner.Name+"."+name)
	}
	return true
}

// kinds returns the types of a package that are written as manifests.
func (s *source) kinds(p *goPackage) []string {
	var kinds []string
	for name, t := range p.types {
		structure, ok := t.spec.Type.(*ast.StructType)
		if !ok || !ast.IsExported(name) {
			continue
		}
		meta, object := false, false
		for _, field := range structure.Fields.List {
			if selector, ok := field.Type.(*ast.SelectorExpr); ok && len(field.Names) == 0 {
				meta = meta || selector.Sel.Name == "TypeMeta"
				object = object || selector.Sel.Name == "ObjectMeta"
			}
		}
		if meta && object {
			kinds = append(kinds, name)
		}
	}
	return sorted(kinds)
}

func sorted(values []string) []string {
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.Compact(values)
}
