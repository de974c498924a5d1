package suite

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// Refusal is a change of a valid object that upstream refuses.
type Refusal struct {
	// Set has the changed fields: a path, whose parts are keys and indices with a slash between, and a value, or null to
	// remove what is there. In a key, `~1` is a slash.
	Set map[string]any `json:"set"`
	// Words are a part of what upstream says; empty if it accepts the change.
	Words string `json:"words"`
	// Why says why treenail does not find it.
	Why string `json:"why"`
}

// Refusals are the refusals of one kind.
type Refusals struct {
	// Base is the valid object.
	Base    map[string]any `json:"base"`
	Refused []Refusal      `json:"refused"`
	// Accepted are changes that look wrong and are not.
	Accepted []Refusal `json:"accepted"`
}

// Refused asserts that a project accepts each valid object in `refusals/`, and refuses each change of it in the expected
// words.
func Refused(t *testing.T, project string, judge func(object map[string]any) error) {
	RefusedChanges(t, project, func(_, object map[string]any) error { return judge(object) })
}

// RefusedChanges is as Refused, for a project that judges an object by the one that it replaces, the valid one.
func RefusedChanges(t *testing.T, project string, judge func(before, after map[string]any) error) {
	files, err := filepath.Glob(filepath.Join("..", "refusals", project, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no refusals of %s: %v", project, err)
	}
	shown := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var refusals Refusals
		if err := yaml.UnmarshalStrict(text, &refusals); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		shown += len(refusals.Refused)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			refusals.run(t, func(object map[string]any) error {
				return judge(copied(refusals.Base).(map[string]any), object)
			})
		})
	}
	if !t.Failed() {
		fmt.Printf("all of %d invalid objects of %s are refused\n", shown, project)
	}
}

func (r *Refusals) run(t *testing.T, judge func(object map[string]any) error) {
	if err := judge(copied(r.Base).(map[string]any)); err != nil {
		t.Fatalf("the base is refused: %v", err)
	}
	for index, change := range r.Accepted {
		object, err := change.Apply(r.Base)
		if err == nil {
			err = judge(object)
		}
		if err != nil {
			t.Errorf("accepted[%d] %v: %v", index, change.Set, err)
		}
	}
	for index, refusal := range r.Refused {
		object, err := refusal.Apply(r.Base)
		if err != nil {
			t.Errorf("refused[%d]: %v", index, err)
			continue
		}
		err = judge(object)
		switch {
		case err == nil:
			t.Errorf("refused[%d] %v: accepted", index, refusal.Set)
		case refusal.Words == "" || !strings.Contains(err.Error(), refusal.Words):
			t.Errorf("refused[%d] %v\nwant %s\ngot %v", index, refusal.Set, refusal.Words, err)
		}
	}
}

// Apply returns the object with the change.
func (r *Refusal) Apply(base map[string]any) (map[string]any, error) {
	var object any = copied(base)
	for _, path := range slices.Sorted(maps.Keys(r.Set)) {
		var err error
		if object, err = set(object, strings.Split(path, "/"), r.Set[path]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return object.(map[string]any), nil
}

// set returns a value with a change at a path.
func set(at any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return copied(value), nil
	}
	removes := len(path) == 1 && value == nil
	switch at := at.(type) {
	case []any:
		index, err := strconv.Atoi(path[0])
		switch {
		case err != nil || index < 0 || index > len(at):
			return nil, fmt.Errorf("no entry %s", path[0])
		case removes:
			return slices.Delete(at, index, index+1), nil
		case index == len(at):
			at = append(at, nil)
		}
		at[index], err = set(at[index], path[1:], value)
		return at, err
	case map[string]any:
		key := strings.ReplaceAll(path[0], "~1", "/")
		if removes {
			delete(at, key)
			return at, nil
		}
		var err error
		at[key], err = set(at[key], path[1:], value)
		return at, err
	case nil:
		return set(map[string]any{}, path, value)
	default:
		return nil, fmt.Errorf("%v has no %s", at, path[0])
	}
}

// Set returns a copy of an object with a value at a path, also null.
func Set(object any, path []string, value any) (any, error) {
	if value != nil {
		return set(copied(object), path, value)
	}
	return set(copied(object), path, explicitNull{})
}

// Removed returns a copy of an object without what is at a path.
func Removed(object any, path []string) (any, error) { return set(copied(object), path, nil) }

// explicitNull is a value that is null, where nil stands for none.
type explicitNull struct{}

// copied is a deep copy of decoded JSON.
func copied(value any) any {
	switch value := value.(type) {
	case []any:
		all := make([]any, len(value))
		for at, item := range value {
			all[at] = copied(item)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for key, item := range value {
			all[key] = copied(item)
		}
		return all
	case explicitNull:
		return nil
	default:
		return value
	}
}
