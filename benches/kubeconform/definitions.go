package main

import (
	"encoding/json"
	"os"
	"strings"

	"treenail/tables/upstream"
)

type object = map[string]any

// definitions are the schemas of an OpenAPI document, by the name that `$ref` gives them.
type definitions map[string]object

const (
	apimachinery = "io.k8s.apimachinery.pkg."
	core         = "io.k8s.api.core.v1."
)

func readDefinitions(file string) definitions {
	content, err := os.ReadFile(file)
	upstream.Must(err)
	var document struct{ Definitions definitions }
	upstream.Must(json.Unmarshal(content, &document))
	return document.Definitions
}

// readBuiltIn reads Kubernetes' own kinds. OpenAPI 2 cannot express that a value may be a string or a number.
func readBuiltIn(file string) definitions {
	read := readDefinitions(file)
	read[apimachinery+"util.intstr.IntOrString"] = oneOf("string", "integer")
	read[apimachinery+"api.resource.Quantity"] = oneOf("string", "number")
	return read
}

func oneOf(types ...string) object { return object{"type": types} }

// readTekton reads the kinds of Tekton, which refer to types of Kubernetes by short names.
func readTekton(file string, builtIn definitions) definitions {
	read := readDefinitions(file)
	for name, schema := range builtIn {
		for _, prefix := range []string{core, apimachinery + "apis.meta."} {
			short, found := strings.CutPrefix(name, prefix)
			if !found {
				continue
			}
			if prefix == core {
				short = "v1." + short
			}
			if _, taken := read[short]; !taken {
				read[short] = schema
			}
		}
		read[name] = schema
	}
	// A parameter's value is a string, a list or a mapping, whatever the fields of the Go type are.
	read["v1.ParamValue"] = oneOf("string", "array", "object")
	read["v1.Duration"] = oneOf("string")
	// The name of a step is optional, although the Go type says otherwise.
	delete(read["v1.Step"], "required")
	return read
}

// kinds returns the definition of each kind of a cluster.
func (d definitions) kinds() []kind {
	var found []kind
	for name, schema := range d {
		said, _ := schema["x-kubernetes-group-version-kind"].([]any)
		// Kinds that many groups share are not manifests: DeleteOptions, WatchEvent.
		if len(said) == 1 {
			of := said[0].(object)
			found = append(found, kind{of["group"].(string), of["version"].(string), of["kind"].(string), d, name})
		}
	}
	return found
}

// kindsOfTekton returns the definition of each kind of Tekton.
func (d definitions) kindsOfTekton() []kind {
	var found []kind
	for _, name := range []string{"Pipeline", "PipelineRun", "Task", "TaskRun"} {
		found = append(found, kind{"tekton.dev", "v1", name, d, "v1." + name})
	}
	return found
}
