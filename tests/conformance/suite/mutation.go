package suite

import (
	"fmt"
	"slices"
	"strings"
)

// Mutation is a mistake made in a golden repository.
type Mutation struct {
	Name string
	// File is relative to the scaffold's folder. It contains Old exactly once, and New replaces it; if Old is empty, New is
	// appended.
	File, Old, New string
	// Property is what the mistake violates, and Message a part of the expected message.
	Property Property
	Message  string
	// Golden is the repository to change; if empty, the one with every answer.
	Golden string
}

// Mutations are mistakes that the judges must find.
var Mutations = slices.Concat(builtinMutations, rolloutMutations, argoMutations, tektonMutations)

// Apply makes the mistake.
func (m *Mutation) Apply(repositories []*Repository) (*Repository, error) {
	golden := m.Golden
	if golden == "" {
		golden = "golden-everything"
	}
	at := slices.IndexFunc(repositories, func(repository *Repository) bool { return repository.Name == golden })
	if at < 0 {
		return nil, fmt.Errorf("there is no repository %s", golden)
	}
	text, err := repositories[at].File(m.File)
	if err != nil {
		return nil, err
	}
	switch count := strings.Count(text, m.Old); {
	case m.Old == "":
		text += m.New
	case count != 1:
		return nil, fmt.Errorf("%s holds %q %d times", m.File, m.Old, count)
	default:
		text = strings.Replace(text, m.Old, m.New, 1)
	}
	mutant := repositories[at].With(m.File, text)
	mutant.Name = "mutant-" + strings.ReplaceAll(m.Name, " ", "-")
	return mutant, nil
}

// IsFoundBy reports whether a verdict has the expected message.
func (m *Mutation) IsFoundBy(verdict *Verdict) bool {
	return slices.ContainsFunc(verdict.Findings, func(finding Finding) bool {
		return finding.Property == m.Property && strings.Contains(finding.String(), m.Message)
	})
}
