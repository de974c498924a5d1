package tekton

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"conformance/suite"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestMain(m *testing.M) {
	// The controllers look for the revision that they were built from.
	if err := os.Setenv("KO_DATA_PATH", "."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestMatrix(t *testing.T) {
	suite.Judged(t, suite.Tekton, func(t *testing.T, repository *suite.Repository) *suite.Verdict {
		verdict, found := judge(t, repository)
		store(t, repository.Name, found)
		return verdict
	})
}

func TestMutations(t *testing.T) {
	suite.Caught(t, suite.Tekton, func(t *testing.T, repository *suite.Repository) *suite.Verdict {
		verdict, _ := judge(t, repository)
		return verdict
	})
}

// TestStored stores what Tekton makes of those mutations that the other judge must find.
func TestStored(t *testing.T) {
	repositories := suite.Matrix(t)
	for _, mutation := range suite.Mutations {
		if suite.JudgeOf(mutation.Property) != suite.Cluster {
			continue
		}
		mutant, err := mutation.Apply(repositories)
		if err != nil {
			t.Fatal(err)
		}
		store(t, mutant.Name, read(suite.NewVerdict(), mutant))
	}
}

// judge checks every property of Tekton for a repository.
func judge(t *testing.T, repository *suite.Repository) (*suite.Verdict, *delivery) {
	verdict := suite.NewVerdict()
	found := read(verdict, repository)
	if len(verdict.Findings) > 0 {
		return verdict, found
	}
	wiring(verdict, found)
	timeouts(verdict, found)
	for _, task := range found.tasks {
		injection(verdict, task)
	}
	if len(verdict.Findings) > 0 {
		return verdict, found
	}
	for _, settings := range installations {
		run(t, verdict, found, settings)
	}
	return verdict, found
}

// store writes the objects for the judge of drift, as Tekton's webhook would store them.
func store(t *testing.T, name string, found *delivery) {
	t.Helper()
	folder := filepath.Join(suite.Setting(t, "CONFORMANCE_STORED"), name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	objects := map[string]metav1.Object{"Pipeline-" + found.pipeline.Name: found.pipeline}
	for _, task := range found.tasks {
		objects["Task-"+task.Name] = task
	}
	for name, object := range objects {
		content, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".json"), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
