package cluster

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"conformance/suite"

	"sigs.k8s.io/yaml"
)

const planRepository = "https://git.example.com/acme/shop.git"

// planCase is a change of what one Application renders. The name of the case is that of its Application.
type planCase struct {
	name string
	// application has other values for the spec of the Application, and finalizers.
	application map[string]any
	// project is the spec of its AppProject; nil for one that permits everything.
	project map[string]any
	before  []map[string]any
	after   []map[string]any
	// isRemoved marks a change that deletes the Application, which another one renders.
	isRemoved bool
	// want is what upstream's code does.
	want string
	// steps are when a sync comes to each object.
	steps map[string]int
}

// plannedApplication is an Application in the plan, as docs/files.md says.
type plannedApplication struct {
	Name     string
	Sync     string
	Refused  []string
	Failures []string
	Remarks  []string
	Unknown  []struct{ What string }
	Hooks    []struct {
		Phase string
		Wave  int
		Hook  string
	}
	Objects []plannedObject
}

type plannedObject struct {
	Action  string
	Kind    string
	Name    string
	Wave    int
	Refused []string
	Remarks []string
}

func (o plannedObject) identity() string { return o.Kind + " " + o.Name }

// planned has treenail plan the cases, which are in one repository, and compares what it says of each in the words of
// `read` with what upstream does.
func planned(t *testing.T, group string, cases []*planCase, read func(*planCase, plannedApplication) string) {
	t.Helper()
	plans := map[string]plannedApplication{}
	for first := 0; first < len(cases); first += mostInRepository {
		maps.Copy(plans, treenailPlan(t, cases, first, min(first+mostInRepository, len(cases))))
	}
	known := knownDifferences(t, group)
	equal, open, differing := 0, 0, 0
	for at, one := range cases {
		got := read(one, plans[caseName(at)])
		expected := known.of(one.name)
		switch {
		case got == one.want:
			equal++
		case got == "unknown":
			open++
		case expected != nil:
			expected.found++
			differing++
		default:
			differing++
			t.Errorf("%s\nupstream: %s\ntreenail: %s", one.name, one.want, got)
		}
	}
	for _, one := range known {
		if one.found == 0 {
			t.Errorf("%s: no case differs any longer: %s", knownFile, one.Cases)
		}
	}
	fmt.Printf("plan: %s: %d cases, %d as upstream, %d left open, %d differ\n", group, len(cases), equal, open, differing)
}

const knownFile = "known.yaml"

// knownDifference says why treenail differs from upstream in some cases.
type knownDifference struct {
	// Cases is a pattern of their names, where `*` stands for any characters.
	Cases string `json:"cases"`
	Why   string `json:"why"`
	found int
}

type knownDifferencesOf []*knownDifference

func knownDifferences(t *testing.T, group string) knownDifferencesOf {
	t.Helper()
	all := map[string]knownDifferencesOf{}
	readPlanFile(t, knownFile, &all)
	return all[group]
}

func (k knownDifferencesOf) of(name string) *knownDifference {
	for _, one := range k {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(one.Cases), `\*`, ".*")
		if regexp.MustCompile("^" + pattern + "$").MatchString(name) {
			return one
		}
	}
	return nil
}

func readPlanFile(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "plan", name))
	if err == nil {
		err = yaml.UnmarshalStrict(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func caseName(at int) string { return fmt.Sprintf("case-%d", at) }

// mostInRepository is how many cases share a repository: the more, the fewer times treenail runs, but the longer it takes.
const mostInRepository = 100

// treenailPlan commits some cases before their changes, and then after them, and returns the Applications of the plan.
func treenailPlan(t *testing.T, cases []*planCase, first, end int) map[string]plannedApplication {
	t.Helper()
	root := t.TempDir()
	git := func(arguments ...string) {
		t.Helper()
		command := exec.Command("git", append([]string{"-c", "user.name=plan", "-c", "user.email=plan@example.com", "-C", root}, arguments...)...)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", arguments, err, output)
		}
	}
	git("init", "-q", "-b", "main")
	git("remote", "add", "origin", planRepository)
	for _, isAfter := range []bool{false, true} {
		for at := first; at < end; at++ {
			one := cases[at]
			if err := one.write(root, caseName(at), isAfter); err != nil {
				t.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-q", "--allow-empty", "-m", "state")
	}
	treenail := exec.Command(suite.Setting(t, "CONFORMANCE_TREENAIL"), "plan", "HEAD~1..HEAD", "--json")
	treenail.Dir, treenail.Stderr = root, os.Stderr
	output, err := treenail.Output()
	var plan struct{ Applications []plannedApplication }
	if err == nil {
		err = json.Unmarshal(output, &plan)
	}
	if err != nil {
		t.Fatalf("treenail plan: %v", err)
	}
	found := map[string]plannedApplication{}
	for _, application := range plan.Applications {
		found[application.Name] = application
	}
	return found
}

// write writes the files of the case.
func (c *planCase) write(root, name string, isAfter bool) error {
	objects := c.before
	if isAfter {
		objects = c.after
	}
	if err := os.RemoveAll(filepath.Join(root, "apps", name)); err != nil {
		return err
	}
	files := map[string][]map[string]any{filepath.Join("apps", name, "objects.yaml"): objects}
	application := filepath.Join("argocd", name+".yaml")
	if c.application["finalizers"] != nil || c.isRemoved {
		// It is rendered by another Application, which deletes it.
		application = filepath.Join("apps", name+"-parent", "application.yaml")
		files[filepath.Join("argocd", name+"-parent.yaml")] = []map[string]any{parentOf(name)}
	}
	files[application] = nil
	if !c.isRemoved || !isAfter {
		files[application] = []map[string]any{c.rendered(name)}
	}
	if c.project != nil {
		files[filepath.Join("projects", name+".yaml")] = []map[string]any{appProject(name, c.project)}
	}
	for file, documents := range files {
		if err := writeDocuments(filepath.Join(root, file), documents); err != nil {
			return err
		}
	}
	return nil
}

func writeDocuments(path string, documents []map[string]any) error {
	var text strings.Builder
	for _, document := range documents {
		out, err := yaml.Marshal(document)
		if err != nil {
			return err
		}
		text.WriteString("---\n" + string(out))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}

// rendered returns the Application of the case.
func (c *planCase) rendered(name string) map[string]any {
	spec := map[string]any{
		"project":     "everything",
		"source":      map[string]any{"repoURL": planRepository, "targetRevision": "HEAD", "path": "apps/" + name},
		"destination": map[string]any{"server": "https://kubernetes.default.svc", "namespace": name},
	}
	if c.project != nil {
		spec["project"] = name
	}
	metadata := map[string]any{"name": name, "namespace": "argocd"}
	for key, value := range c.application {
		switch key {
		case "finalizers":
			metadata[key] = value
		case "path":
			spec["source"].(map[string]any)[key] = value
		default:
			spec[key] = value
		}
	}
	return map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
}

func parentOf(name string) map[string]any {
	automated := map[string]any{"prune": true}
	parent := planCase{application: map[string]any{
		"path":       "apps/" + name + "-parent",
		"syncPolicy": map[string]any{"automated": automated},
	}}
	return parent.rendered(name + "-parent")
}

func appProject(name string, spec map[string]any) map[string]any {
	metadata := map[string]any{"name": name, "namespace": "argocd"}
	return map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}
}

// joined lists what happens; nothing if that is empty.
func joined(all []string) string { return cmp.Or(strings.Join(all, ", "), "nothing") }
