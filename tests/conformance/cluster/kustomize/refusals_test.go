// Package kustomize judges folders by whether kustomize builds them. It is apart from the other judges, which need all of
// Kubernetes and Argo CD.
package kustomize

import (
	"fmt"
	"path/filepath"
	"testing"

	"conformance/suite"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func TestRefusals(t *testing.T) {
	suite.RefusedTrees(t, filepath.Join("..", "..", "refusals"), "kustomize", build)
}

// build builds a folder as `kubectl apply -k` does. Where kustomize crashes, that is the error.
func build(folder string) (rendered []byte, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("%v", crash)
		}
	}()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return built.AsYaml()
}
