package main

import (
	"bytes"
	"os"

	"sigs.k8s.io/yaml"

	"treenail/tables/upstream"
)

// crd is a CustomResourceDefinition, reduced to its schemas.
type crd struct {
	Spec struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Schema struct{ OpenAPIV3Schema object }
		}
	}
}

// kindsOfCRDs returns the schema of each version in a file of CustomResourceDefinitions.
func kindsOfCRDs(file string) []kind {
	content, err := os.ReadFile(file)
	upstream.Must(err)
	var found []kind
	for _, document := range bytes.Split(content, []byte("\n---\n")) {
		var definition crd
		upstream.Must(yaml.Unmarshal(document, &definition))
		group, name := definition.Spec.Group, definition.Spec.Names.Kind
		for _, version := range definition.Spec.Versions {
			schemas := definitions{name: version.Schema.OpenAPIV3Schema}
			found = append(found, kind{group, version.Name, name, schemas, name})
		}
	}
	return found
}
