// Command tables writes src/check/schema/tables.txt, the fields of the kinds that treenail knows, and
// src/check/rules/deadlock/health.txt, the kinds that Argo CD waits for. Both are read from the published Go modules of
// the projects (Go types, or the shipped CRDs if they say more; health checks).
package main

import (
	"bytes"
	"flag"
	"os"

	"treenail/tables/upstream"
)

// crds are the manifests that describe their kinds better than the Go types. The experimental ones of the Gateway API
// include the others.
var crds = []string{
	"github.com/argoproj/argo-cd/v3/manifests/crds/*-crd.yaml",
	"github.com/argoproj/argo-rollouts/manifests/crds/*-crd.yaml",
	"sigs.k8s.io/gateway-api/config/crd/experimental/gateway.networking.k8s.io_*.yaml",
}

// packages are the Go packages whose kinds are read; those of k8s.io/api are found automatically.
var packages = []struct{ path, group string }{
	{"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1", "apiextensions.k8s.io"},
	{"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1", "apiextensions.k8s.io"},
	{"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1", "tekton.dev"},
	{"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1", "tekton.dev"},
	{"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1alpha1", "tekton.dev"},
	{"github.com/tektoncd/pipeline/pkg/apis/resolution/v1beta1", "resolution.tekton.dev"},
	{"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1", "triggers.tekton.dev"},
	{"github.com/tektoncd/triggers/pkg/apis/triggers/v1alpha1", "triggers.tekton.dev"},
}

func main() {
	check := flag.Bool("check", false, "compare with the tables instead of writing them")
	flag.Parse()
	if flag.NArg() != 2 {
		upstream.Fail("two arguments are expected: the paths of tables.txt and health.txt")
	}
	for _, m := range upstream.Modules {
		m.Fetch()
	}
	for i, made := range [][]byte{build(), health()} {
		write(flag.Arg(i), made, *check)
	}
}

// write writes a table, or with check compares it with the one that is there.
func write(path string, made []byte, check bool) {
	if !check {
		upstream.Must(os.WriteFile(path, made, 0o644))
		return
	}
	now, err := os.ReadFile(path)
	upstream.Must(err)
	if !bytes.Equal(now, made) {
		upstream.Fail("%s is not what upstream says: run `tests/tables/run` and read the difference", path)
	}
}

func build() []byte {
	table := newTable()
	source := newSource()
	for _, p := range kubernetes() {
		table.addPackage(source, p.path, p.group)
	}
	for _, p := range packages {
		table.addPackage(source, p.path, p.group)
	}
	table.addKustomize(source)
	for _, pattern := range crds {
		for _, file := range upstream.Glob(pattern) {
			table.addCRDs(file)
		}
	}
	table.addRetired()
	return table.text()
}
