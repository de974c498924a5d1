package suite

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// Tree is a change of the files of a valid folder, which a project's own code builds or refuses.
type Tree struct {
	// Files are the changed files by path, or null for one that is removed.
	Files map[string]*string `json:"files"`
	// Links are symbolic links, with their targets.
	Links map[string]string `json:"links"`
	// Words are a part of what upstream says; empty if it accepts the change.
	Words string `json:"words"`
	// Why says why treenail does not find it.
	Why string `json:"why"`
	// Built is what upstream makes of an accepted change.
	Built string `json:"built"`
}

// Trees are the changes of one valid folder.
type Trees struct {
	// Base has the files of the valid folder, by path.
	Base map[string]string `json:"base"`
	// Folder is the folder to build.
	Folder   string `json:"folder"`
	Refused  []Tree `json:"refused"`
	Accepted []Tree `json:"accepted"`
}

// RefusedTrees asserts that a project builds each valid folder in `refusals/`, refuses each change in the expected words,
// and makes of each accepted one what is recorded. `build` gets the path of the folder.
func RefusedTrees(t *testing.T, refusals, project string, build func(folder string) ([]byte, error)) {
	files, err := filepath.Glob(filepath.Join(refusals, project, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no refusals of %s: %v", project, err)
	}
	refused, accepted := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var trees Trees
		if err := yaml.UnmarshalStrict(text, &trees); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		refused += len(trees.Refused)
		accepted += len(trees.Accepted)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) { trees.run(t, build) })
	}
	if !t.Failed() {
		fmt.Printf("all of %d invalid folders of %s are refused, and %d are built\n", refused, project, accepted)
	}
}

func (all *Trees) run(t *testing.T, build func(string) ([]byte, error)) {
	if _, err := all.build(t, &Tree{}, build); err != nil {
		t.Fatalf("the base is refused: %v", err)
	}
	for index, tree := range all.Accepted {
		built, err := all.build(t, &tree, build)
		switch {
		case err != nil:
			t.Errorf("accepted[%d]: %v", index, err)
		case string(built) != tree.Built:
			t.Errorf("accepted[%d]\nwant %s\ngot %s", index, tree.Built, built)
		}
	}
	for index, tree := range all.Refused {
		_, err := all.build(t, &tree, build)
		switch {
		case err == nil:
			t.Errorf("refused[%d]: accepted", index)
		case tree.Words == "" || !strings.Contains(err.Error(), tree.Words):
			t.Errorf("refused[%d]\nwant %s\ngot %v", index, tree.Words, err)
		}
	}
}

// build writes the changed folder to a new place, whose path does not occur in messages, and builds it.
func (all *Trees) build(t *testing.T, tree *Tree, build func(string) ([]byte, error)) ([]byte, error) {
	root, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(root) }()
	if root, err = filepath.EvalSymlinks(root); err != nil {
		t.Fatal(err)
	}
	if err := all.write(root, tree); err != nil {
		t.Fatal(err)
	}
	built, err := build(filepath.Join(root, all.Folder))
	if err != nil {
		return nil, fmt.Errorf("%s", strings.ReplaceAll(err.Error(), root, ""))
	}
	return built, nil
}

func (all *Trees) write(root string, tree *Tree) error {
	files := maps.Clone(all.Base)
	for path, text := range tree.Files {
		if text == nil {
			delete(files, path)
		} else {
			files[path] = *text
		}
	}
	for path, text := range files {
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for path, target := range tree.Links {
		link := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(target, link); err != nil {
			return err
		}
	}
	return nil
}
