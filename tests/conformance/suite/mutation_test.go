package suite

import "testing"

func TestEveryPropertyHasAMutation(t *testing.T) {
	broken := map[Property]bool{}
	names := map[string]bool{}
	for _, mutation := range Mutations {
		if JudgeOf(mutation.Property) == "" || mutation.Message == "" {
			t.Errorf("%s: nobody has to find it, or nothing has to be said", mutation.Name)
		}
		if names[mutation.Name] {
			t.Errorf("%s is there twice", mutation.Name)
		}
		names[mutation.Name] = true
		broken[mutation.Property] = true
	}
	for _, property := range Properties {
		if !broken[property.Name] {
			t.Errorf("no mutation breaks %s", property.Name)
		}
	}
}
