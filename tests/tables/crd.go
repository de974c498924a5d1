package main

import (
	"bytes"
	"os"
	"slices"
	"strings"

	"treenail/tables/upstream"

	"sigs.k8s.io/yaml"
)

type crd struct {
	Kind string
	Spec struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name       string
			Served     bool
			Storage    bool
			Deprecated bool
			Schema     struct{ OpenAPIV3Schema *schema }
		}
	}
}

type schema struct {
	Type                 string
	Format               string
	Pattern              string
	Properties           map[string]*schema
	AdditionalProperties *schema
	Items                *schema
	Required             []string
	Enum                 []any
	Default              any
	Preserve             bool `json:"x-kubernetes-preserve-unknown-fields"`
	IntOrString          bool `json:"x-kubernetes-int-or-string"`
}

// addCRDs adds the kinds of one file of CustomResourceDefinitions.
func (t *table) addCRDs(file string) {
	content, err := os.ReadFile(file)
	upstream.Must(err)
	for _, document := range bytes.Split(content, []byte("\n---\n")) {
		var c crd
		upstream.Must(yaml.Unmarshal(document, &c))
		if c.Kind != "CustomResourceDefinition" {
			continue
		}
		for _, version := range c.Spec.Versions {
			if !version.Served {
				continue
			}
			root := version.Schema.OpenAPIV3Schema
			kind := c.Spec.Names.Kind
			shape := t.crdShape(root, []string{kind})
			t.addKind(c.Spec.Group, kind, version.Name, shape.Type)
			if version.Deprecated {
				t.deprecate(&c, version.Name)
			}
		}
	}
}

// deprecate marks a version whose CRD names no release; the stored version is its replacement.
func (t *table) deprecate(c *crd, version string) {
	key := kindKey{c.Spec.Group, c.Spec.Names.Kind, version}
	line := t.kinds[key]
	line.deprecated = "yes"
	for _, other := range c.Spec.Versions {
		if other.Storage && !other.Deprecated {
			line.successor = c.Spec.Group + "/" + other.Name
		}
	}
	t.kinds[key] = line
}

const quantity = `^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))`

func (t *table) crdShape(s *schema, path []string) Shape {
	switch {
	case s.IntOrString && strings.HasPrefix(s.Pattern, quantity):
		return Shape{Code: 'q'}
	case s.IntOrString:
		return Shape{Code: 'p'}
	case s.Type == "string":
		return crdString(s)
	case s.Type == "integer":
		return Shape{Code: 'i'}
	case s.Type == "number":
		return Shape{Code: 'n'}
	case s.Type == "boolean":
		return Shape{Code: 'b'}
	case s.Type == "array":
		return t.crdShape(s.Items, path).in('[')
	case s.Type == "object" && s.Properties != nil:
		return Shape{Code: 'T', Type: t.crdType(s, path)}
	case s.Type == "object" && s.AdditionalProperties != nil:
		return t.crdShape(s.AdditionalProperties, path).in('{')
	}
	return Shape{Code: 'x'}
}

func crdString(s *schema) Shape {
	var values []string
	for _, value := range s.Enum {
		values = append(values, value.(string))
	}
	switch {
	case values != nil:
		return enumeration(values)
	case s.Format == "byte":
		return Shape{Code: 'y'}
	case s.Format == "date-time":
		return Shape{Code: 't'}
	}
	return Shape{Code: 's'}
}

func (t *table) crdType(s *schema, path []string) *Type {
	made := &Type{Open: s.Preserve}
	var names []string
	for name := range s.Properties {
		names = append(names, name)
	}
	for _, name := range sorted(names) {
		property := s.Properties[name]
		shape := Shape{Code: 'x'}
		switch {
		case len(path) == 1 && name == "metadata":
			shape = t.metadata
		case len(path) == 1 && name == "status":
		case name == "matchLabels":
			shape = Shape{Code: 'l'}.in('{')
		default:
			shape = t.crdShape(property, append(slices.Clone(path), name))
		}
		// Defaults are set before required fields are checked.
		required := slices.Contains(s.Required, name) && property.Default == nil
		made.add(Field{name, required, shape})
	}
	return t.intern(made, path)
}
