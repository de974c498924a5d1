// Command schemas writes the JSON schemas that kubeconform needs for the benchmark `check`: one self-contained file per
// kind, which forbids unknown fields. It generates them from upstream's definitions, in the versions of treenail's field
// tables.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"treenail/tables/upstream"
)

// kubernetes contains the OpenAPI definitions of the built-in kinds; the modules of the field tables do not.
var kubernetes = &upstream.Module{
	Project: "Kubernetes", Path: "k8s.io/kubernetes", Version: "v1.37.2", Sum: "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE=",
}

// Projects whose custom resources are checked. Tekton's CRDs have no schema, so its kinds come from its OpenAPI
// definitions.
const (
	argoCD   = "github.com/argoproj/argo-cd/v3"
	rollouts = "github.com/argoproj/argo-rollouts"
	tekton   = "github.com/tektoncd/pipeline"
)

// kind is one version of a kind, with its definition.
type kind struct {
	group, version, name string
	definitions          definitions
	definition           string
}

// layouts are the layouts of the schemas, by folder.
var layouts = map[string]func(definitions, string) object{"published": inlined, "lean": lean}

func main() {
	if len(os.Args) != 2 {
		upstream.Fail("one argument is expected: the folder to write")
	}
	fetch()
	kinds := all()
	for name, layout := range layouts {
		folder := filepath.Join(os.Args[1], name)
		upstream.Must(os.RemoveAll(folder))
		upstream.Must(os.MkdirAll(folder, 0o755))
		for _, k := range kinds {
			k.write(folder, layout(k.definitions, k.definition))
		}
	}
}

// fetch downloads the modules into Go's cache.
func fetch() {
	kubernetes.Fetch()
	for _, module := range upstream.Modules {
		switch module.Path {
		case argoCD, rollouts, tekton:
			module.Fetch()
		case "k8s.io/api":
			if strings.TrimPrefix(module.Version, "v0.") != strings.TrimPrefix(kubernetes.Version, "v1.") {
				upstream.Fail("the field tables are made of Kubernetes %s, and not of %s", module.Version, kubernetes.Version)
			}
		}
	}
}

func all() []kind {
	builtIn := readBuiltIn(filepath.Join(kubernetes.Dir, "api/openapi-spec/swagger.json"))
	found := builtIn.kinds()
	tektons := readTekton(upstream.Locate(tekton+"/pkg/apis/pipeline/v1/swagger.json"), builtIn)
	found = append(found, tektons.kindsOfTekton()...)
	for _, module := range []string{argoCD, rollouts} {
		for _, file := range upstream.Glob(module + "/manifests/crds/*-crd.yaml") {
			found = append(found, kindsOfCRDs(file)...)
		}
	}
	return found
}

// write writes the schema of the kind to the path that kubeconform derives from `{{.ResourceKind}}{{.KindSuffix}}.json`.
func (k kind) write(folder string, schema object) {
	words := []string{k.name, k.version}
	if k.group != "" {
		words = []string{k.name, strings.Split(k.group, ".")[0], k.version}
	}
	content, err := json.Marshal(schema)
	upstream.Must(err)
	name := strings.ToLower(strings.Join(words, "-")) + ".json"
	upstream.Must(os.WriteFile(filepath.Join(folder, name), content, 0o644))
}
