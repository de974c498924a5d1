package cluster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"conformance/suite"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// checkout is a repository on disk. Kustomize's in-memory file system accepts fewer names than a disk.
type checkout struct{ root string }

// checkOut writes a repository into a new folder; the caller removes it.
func checkOut(repository *suite.Repository) (checkout, error) {
	root, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return checkout{}, err
	}
	for name, content := range repository.Files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return checkout{root}, err
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			return checkout{root}, err
		}
	}
	return checkout{root}, nil
}

// remove deletes the folder. What it cannot delete is left to the system, like any temporary file.
func (c checkout) remove() { _ = os.RemoveAll(c.root) }

// build builds a folder, relative to the repository's root, as Argo CD and `kubectl apply -k` do.
func (c checkout) build(folder string) ([]byte, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(c.root, folder))
	if err != nil {
		return nil, err
	}
	return built.AsYaml()
}

// objects are those that a folder renders.
func (c checkout) objects(verdict *suite.Verdict, folder string) []*unstructured.Unstructured {
	verdict.Checked(suite.Build)
	rendered, err := c.build(folder)
	if !verdict.Must(suite.Build, folder, err) {
		return nil
	}
	found, err := parse(rendered)
	verdict.Must(suite.Build, folder, err)
	seen := map[string]bool{}
	for _, object := range found {
		id := object.GetNamespace() + "/" + identity(object)
		if seen[id] {
			verdict.Fail(suite.Build, folder, "renders %s twice", id)
		}
		seen[id] = true
	}
	return found
}

func parse(rendered []byte) ([]*unstructured.Unstructured, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(rendered)))
	var found []*unstructured.Unstructured
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		json, err := yaml.ToJSON(document)
		if err != nil {
			return found, err
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(json); err != nil {
			return found, err
		}
		found = append(found, object)
	}
}

// identity distinguishes an object from all others in its namespace.
func identity(object *unstructured.Unstructured) string {
	return object.GroupVersionKind().GroupKind().String() + " " + object.GetName()
}
