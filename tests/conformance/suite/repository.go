// Package suite is shared by the judges: the repositories, the findings, and the mutations that they must find.
package suite

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Repository is one generated repository, in memory.
type Repository struct {
	// Name is unique.
	Name string `json:"name"`
	// Prefix is the scaffold's folder in the repository: empty, or ending in a slash.
	Prefix string `json:"prefix"`
	// Answers are the answers as text, by question.
	Answers map[string]string `json:"answers"`
	// Files are the contents by path from the repository's root.
	Files map[string]string `json:"-"`
}

// Load reads the matrix that treenail's test `write_the_matrix` writes.
func Load(folder string) ([]*Repository, error) {
	index, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		return nil, err
	}
	var repositories []*Repository
	if err := json.Unmarshal(index, &repositories); err != nil {
		return nil, err
	}
	for _, repository := range repositories {
		if err := repository.read(filepath.Join(folder, repository.Name)); err != nil {
			return nil, err
		}
	}
	return repositories, nil
}

func (r *Repository) read(root string) error {
	r.Files = map[string]string{}
	return filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		r.Files[filepath.ToSlash(relative)] = string(content)
		return err
	})
}

// File is the content of a file in the scaffold's folder.
func (r *Repository) File(name string) (string, error) {
	content, ok := r.Files[r.Prefix+name]
	if !ok {
		return "", fmt.Errorf("there is no %s", name)
	}
	return content, nil
}

// Below returns the paths of the files directly in a folder, relative to the scaffold's folder.
func (r *Repository) Below(folder string) []string {
	var found []string
	for name := range r.Files {
		name, inside := strings.CutPrefix(name, r.Prefix)
		if inside && path.Dir(name) == folder {
			found = append(found, name)
		}
	}
	return found
}

// Environments are the names of the environments, in the order of promotion.
func (r *Repository) Environments() []string {
	var names []string
	for item := range strings.SplitSeq(r.Answers["environments"], ",") {
		name, _, _ := strings.Cut(item, "=")
		names = append(names, name)
	}
	return names
}

// With is the repository with one file of the scaffold's folder replaced.
func (r *Repository) With(name, content string) *Repository {
	changed := *r
	changed.Files = maps.Clone(r.Files)
	changed.Files[r.Prefix+name] = content
	return &changed
}
