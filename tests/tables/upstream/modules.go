// Package upstream lists the published Go modules of the projects whose kinds treenail knows.
//
// To move to newer versions: change a version in `Modules` below, empty its sum, run `tests/tables/run`, insert
// the sum that it prints, and run it again. Review the difference of the tables: it is what upstream changed.
package upstream

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is one published module, verified by its checksum.
type Module struct{ Project, Path, Version, Sum, Dir string }

// Modules are the sources of the field tables.
var Modules = []*Module{
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

// Fetch downloads the module into Go's cache and returns its path, or ends the program if its checksum differs.
func (m *Module) Fetch() {
	command := exec.Command("go", "mod", "download", "-json", m.Path+"@"+m.Version)
	command.Dir = os.TempDir()
	command.Stderr = os.Stderr
	out, err := command.Output()
	var got struct{ Dir, Sum, Error string }
	Must(json.Unmarshal(out, &got))
	if err != nil || got.Error != "" {
		Fail("%s@%s: %s %v", m.Path, m.Version, got.Error, err)
	}
	if got.Sum != m.Sum {
		Fail("%s@%s has the sum %s, and %q is expected", m.Path, m.Version, got.Sum, m.Sum)
	}
	m.Dir = got.Dir
}

// Locate returns the folder of an import path, or "" if none of the modules contains it.
func Locate(path string) string {
	for _, m := range Modules {
		if rest, found := strings.CutPrefix(path+"/", m.Path+"/"); found {
			return filepath.Join(m.Dir, rest)
		}
	}
	return ""
}

// Glob returns the files that match a pattern in an import path; at least one must exist.
func Glob(pattern string) []string {
	files, err := filepath.Glob(Locate(pattern))
	Must(err)
	if len(files) == 0 {
		Fail("no file is like %s", pattern)
	}
	return files
}

// Must ends the program on an error.
func Must(err error) {
	if err != nil {
		Fail("%v", err)
	}
}

// Fail ends the program with a message.
func Fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, filepath.Base(os.Args[0])+": "+format+"\n", arguments...)
	os.Exit(1)
}
