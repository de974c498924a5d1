package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"treenail/tables/upstream"
)

// Shape describes a value: one of the letters that src/check/schema/table.rs explains, or a type.
type Shape struct {
	Code   byte
	Elem   *Shape
	Values []string
	Type   *Type
}

func (s Shape) in(container byte) Shape { return Shape{Code: container, Elem: &s} }

// Field is one key of a mapping.
type Field struct {
	Name     string
	Required bool
	Shape    Shape
}

// Type is a mapping with known keys; an open one may have others.
type Type struct {
	Name   string
	Origin string
	Open   bool
	Fields []Field
}

func (t *Type) has(name string) bool {
	return slices.ContainsFunc(t.Fields, func(f Field) bool { return f.Name == name })
}

func (t *Type) add(field Field) {
	if !t.has(field.Name) {
		t.Fields = append(t.Fields, field)
	}
}

type kindKey struct{ group, kind, version string }

type kindLine struct {
	fields *Type
	lifecycle
}

// table collects everything that is printed.
type table struct {
	kinds    map[kindKey]kindLine
	names    map[string]*Type
	same     map[string]*Type
	metadata Shape
}

func newTable() *table {
	return &table{map[kindKey]kindLine{}, map[string]*Type{}, map[string]*Type{}, Shape{}}
}

// addPackage adds the kinds of a Go package. Of Kubernetes' versions before v1 only the names count, because nobody should
// write them any more.
func (t *table) addPackage(s *source, where, group string) {
	p := s.load(where)
	version := path.Base(where)
	if t.metadata.Type == nil {
		t.metadata = s.named("k8s.io/apimachinery/pkg/apis/meta/v1", "ObjectMeta")
		t.claim(t.metadata)
	}
	for _, kind := range s.kinds(p) {
		line := kindLine{nil, lifecycle{"-", "-", "-"}}
		if l := p.since[kind]; l != nil {
			line.lifecycle = *l
		}
		if stable.MatchString(version) || !strings.HasPrefix(where, "k8s.io/") {
			shape := s.named(where, kind)
			t.claim(shape)
			line.fields = shape.Type
		}
		t.kinds[kindKey{group, kind, version}] = line
	}
}

var stable = regexp.MustCompile(`^v[0-9]+$`)

func (t *table) addKustomize(s *source) {
	shape := s.named("sigs.k8s.io/kustomize/api/types", "Kustomization")
	t.claim(shape)
	t.addKind("kustomize.config.k8s.io", "Kustomization", "v1beta1", shape.Type)
	t.addKind("kustomize.config.k8s.io", "Component", "v1alpha1", shape.Type)
}

func (t *table) addKind(group, kind, version string, fields *Type) {
	t.kinds[kindKey{group, kind, version}] = kindLine{fields, lifecycle{"-", "-", "-"}}
}

// addRetired adds lifecycles that the modules do not contain.
func (t *table) addRetired() {
	for _, r := range retired {
		key := kindKey{r.group, r.kind, r.version}
		t.kinds[key] = kindLine{t.kinds[key].fields, lifecycle{r.deprecated, r.removed, r.successor}}
	}
}

// claim gives the Go types in a shape unique names.
func (t *table) claim(s Shape) {
	if s.Elem != nil {
		t.claim(*s.Elem)
	}
	if s.Type == nil || t.names[s.Type.Name] == s.Type {
		return
	}
	if t.names[s.Type.Name] != nil {
		parts := strings.Split(s.Type.Origin, "/")
		s.Type.Name += "." + parts[len(parts)-2] + "." + parts[len(parts)-1]
		if t.names[s.Type.Name] == s.Type {
			return
		}
		if t.names[s.Type.Name] != nil {
			upstream.Fail("two types are named %s", s.Type.Name)
		}
	}
	t.names[s.Type.Name] = s.Type
	for _, field := range s.Type.Fields {
		t.claim(field.Shape)
	}
	t.same[s.Type.content()] = s.Type
}

// intern returns the type with the same content, wherever it came from, or names a new one after its path.
func (t *table) intern(made *Type, where []string) *Type {
	if known := t.same[made.content()]; known != nil {
		return known
	}
	name := ""
	for i := len(where) - 1; i >= 0; i-- {
		name = strings.ToUpper(where[i][:1]) + where[i][1:] + name
		if t.names[name] == nil {
			break
		}
	}
	for n, base := 2, name; t.names[name] != nil; n++ {
		name = fmt.Sprint(base, n)
	}
	made.Name = name
	t.names[name] = made
	t.same[made.content()] = made
	return made
}

func (t *Type) content() string {
	var line strings.Builder
	if t.Open {
		line.WriteString(" *")
	}
	for _, f := range t.Fields {
		line.WriteString(" " + f.Name)
		if f.Required {
			line.WriteString("!")
		}
		if shape := f.Shape.text(); shape != "s" {
			line.WriteString(":" + shape)
		}
	}
	return line.String()
}

func (s Shape) text() string {
	switch s.Code {
	case '[', '{':
		return string(s.Code) + s.Elem.text()
	case '=':
		return "=" + strings.Join(s.Values, "|")
	case 'T':
		return s.Type.Name
	}
	return string(s.Code)
}

func (t *table) text() []byte {
	var lines []string
	used := map[*Type]bool{}
	for key, line := range t.kinds {
		name := "-"
		if line.fields != nil {
			name = line.fields.Name
			use(line.fields, used)
		}
		group := cmp.Or(key.group, "core")
		lines = append(lines, strings.Join([]string{
			"k", group, key.kind, key.version, name, line.deprecated, line.removed, line.successor,
		}, " "))
	}
	for line := range maps.Keys(used) {
		lines = append(lines, "t "+line.Name+line.content())
	}
	for _, m := range upstream.Modules {
		if m.Project != "" {
			lines = append(lines, "m "+strings.ReplaceAll(m.Project, " ", "_")+" "+m.Path+" "+m.Version)
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n") + "\n")
}

func use(t *Type, used map[*Type]bool) {
	if used[t] {
		return
	}
	used[t] = true
	for _, field := range t.Fields {
		shape := &field.Shape
		for shape.Elem != nil {
			shape = shape.Elem
		}
		if shape.Type != nil {
			use(shape.Type, used)
		}
	}
}

// kubernetes returns the packages of k8s.io/api.
func kubernetes() []struct{ path, group string } {
	var found []struct{ path, group string }
	root := "k8s.io/api"
	groups, err := os.ReadDir(upstream.Locate(root))
	upstream.Must(err)
	for _, group := range groups {
		if !group.IsDir() || group.Name() == "testdata" {
			continue
		}
		versions, err := os.ReadDir(upstream.Locate(path.Join(root, group.Name())))
		upstream.Must(err)
		for _, version := range versions {
			if !version.IsDir() || !strings.HasPrefix(version.Name(), "v") {
				continue
			}
			where := path.Join(root, group.Name(), version.Name())
			found = append(found, struct{ path, group string }{where, groupName(where)})
		}
	}
	return found
}

var groupConstant = regexp.MustCompile(`GroupName\s*=\s*"([^"]*)"`)

func groupName(where string) string {
	content, err := os.ReadFile(path.Join(upstream.Locate(where), "register.go"))
	upstream.Must(err)
	return string(groupConstant.FindSubmatch(content)[1])
}
