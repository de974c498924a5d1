// Command tables writes src/check/schema/tables.txt: the fields of the kinds that treenail knows, read from the
// published Go modules of their projects (Go types, or the CRDs shipped beside them where those say more).
//
// To move to newer versions: change a version in `modules` below, empty its sum, run `tests/tables/run`, put the
// sum that it prints in, and run it again. Read the difference of the tables: it is what upstream changed.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// module is one published module, held to its content by its checksum.
type module struct{ project, path, version, sum, dir string }

var modules = []*module{
	{"Kubernetes", "k8s.io/api", "v0.37.2", "h1:PnxqnUFy93jr2GcpWDkKOm8wfy25kT9wa572MuQS8oc=", ""},
	{"Kubernetes", "k8s.io/apiextensions-apiserver", "v0.37.2", "h1:myaUiAlm1NRLYdpAvWYTqdgeiCepFupJiRFVVueMUYw=", ""},
	{"Kubernetes", "k8s.io/apimachinery", "v0.37.2", "h1:G4t9RGoPDbQML38hz/kQQiltttgd3egg2ODCR8aIc2o=", ""},
	{"Kustomize", "sigs.k8s.io/kustomize/api", "v0.21.1", "h1:lzqbzvz2CSvsjIUZUBNFKtIMsEw7hVLJp0JeSIVmuJs=", ""},
	{"Kustomize", "sigs.k8s.io/kustomize/kyaml", "v0.21.1", "h1:IVlbmhC076nf6foyL6Taw4BkrLuEsXUXNpsE+ScX7fI=", ""},
	{"Argo CD", "github.com/argoproj/argo-cd/v3", "v3.5.1", "h1:jtwPLEFX9mNj3jSq88ugFcScGnOZVs2DWaXFuZxrRT8=", ""},
	{"Argo Rollouts", "github.com/argoproj/argo-rollouts", "v1.9.1", "h1:+oZciUkeJYVb1vPMOhat4JQlk525j/aT2yizEkVkjLs=", ""},
	{"Tekton Pipelines", "github.com/tektoncd/pipeline", "v1.15.0", "h1:ZGboFUaEdpYurZWqeGT5rn9e6qmomGL/gLSKhHp2vvQ=", ""},
	{"Tekton Triggers", "github.com/tektoncd/triggers", "v0.35.0", "h1:9Z5Cqn7RZTgyspWgWYFHz6AtWUUhd/awJeaisjZdF98=", ""},
	{"Tekton Triggers", "knative.dev/pkg", "v0.0.0-20250415155312-ed3e2158b883", "h1:UeOY7009M0EHwdyW3P35Fc1U6FJHzBrj6Gf370do8zY=", ""},
	{"Gateway API", "sigs.k8s.io/gateway-api", "v1.6.0", "h1:735YBRj5NXFrOGX0GoSjwzUIzbz8kiEOfADsqHFmHgE=", ""},
}

// crds are the manifests that describe their kinds better than the Go types do. Those of the Gateway API that are
// called experimental have all that the others have.
var crds = []string{
	"github.com/argoproj/argo-cd/v3/manifests/crds/*-crd.yaml",
	"github.com/argoproj/argo-rollouts/manifests/crds/*-crd.yaml",
	"sigs.k8s.io/gateway-api/config/crd/experimental/gateway.networking.k8s.io_*.yaml",
}

// packages are the Go packages whose kinds are taken; those of k8s.io/api are found by themselves.
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
	if flag.NArg() != 1 {
		fail("one argument is expected: the path of tables.txt")
	}
	for _, m := range modules {
		m.fetch()
	}
	made := build()
	if *check {
		now, err := os.ReadFile(flag.Arg(0))
		must(err)
		if !bytes.Equal(now, made) {
			fail("%s is not what upstream says: run `tests/tables/run` and read the difference", flag.Arg(0))
		}
		return
	}
	must(os.WriteFile(flag.Arg(0), made, 0o644))
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
		for _, file := range glob(pattern) {
			table.addCRDs(file)
		}
	}
	table.addRetired()
	return table.text()
}

func (m *module) fetch() {
	command := exec.Command("go", "mod", "download", "-json", m.path+"@"+m.version)
	command.Dir = os.TempDir()
	command.Stderr = os.Stderr
	out, err := command.Output()
	var got struct{ Dir, Sum, Error string }
	must(json.Unmarshal(out, &got))
	if err != nil || got.Error != "" {
		fail("%s@%s: %s %v", m.path, m.version, got.Error, err)
	}
	if got.Sum != m.sum {
		fail("%s@%s has the sum %s, and %q is expected", m.path, m.version, got.Sum, m.sum)
	}
	m.dir = got.Dir
}

// locate gives the folder of an import path, or "" when it is in none of the modules.
func locate(path string) string {
	for _, m := range modules {
		if rest, found := strings.CutPrefix(path+"/", m.path+"/"); found {
			return filepath.Join(m.dir, rest)
		}
	}
	return ""
}

func glob(pattern string) []string {
	files, err := filepath.Glob(locate(pattern))
	must(err)
	if len(files) == 0 {
		fail("no file is like %s", pattern)
	}
	return files
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "tables: "+format+"\n", arguments...)
	os.Exit(1)
}
