package suite

import (
	"fmt"
	"os"
	"testing"
)

// Matrix loads the repositories to judge.
func Matrix(t *testing.T) []*Repository {
	t.Helper()
	repositories, err := Load(Setting(t, "CONFORMANCE_MATRIX"))
	if err != nil {
		t.Fatal(err)
	}
	return repositories
}

// Setting is an environment variable that tests/conformance/run sets.
func Setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: start tests/conformance/run", name)
	}
	return value
}

// Judged judges every repository, several at a time, reports every finding and prints the summary.
func Judged(t *testing.T, judge Judge, judged func(*testing.T, *Repository) *Verdict) {
	summary := NewSummary()
	t.Cleanup(func() {
		for _, property := range summary.Print(os.Stdout, judge) {
			t.Errorf("nothing was held against %s", property)
		}
	})
	for _, repository := range Matrix(t) {
		t.Run(repository.Name, func(t *testing.T) {
			t.Parallel()
			verdict := judged(t, repository)
			summary.Add(verdict)
			for _, finding := range verdict.Findings {
				t.Error(finding)
			}
		})
	}
}

// Caught asserts that a judge finds every mutation of its properties, with the expected message.
func Caught(t *testing.T, judge Judge, judged func(*testing.T, *Repository) *Verdict) {
	repositories := Matrix(t)
	shown := 0
	t.Cleanup(func() {
		if !t.Failed() {
			fmt.Printf("all of %d mistakes are found\n", shown)
		}
	})
	for _, mutation := range Mutations {
		if JudgeOf(mutation.Property) != judge {
			continue
		}
		shown++
		t.Run(mutation.Name, func(t *testing.T) {
			t.Parallel()
			mutant, err := mutation.Apply(repositories)
			if err != nil {
				t.Fatal(err)
			}
			if verdict := judged(t, mutant); !mutation.IsFoundBy(verdict) {
				t.Errorf("want [%s] ... %s\ngot %v", mutation.Property, mutation.Message, verdict.Findings)
			}
		})
	}
}
