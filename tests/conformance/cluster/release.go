package cluster

import (
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"

	"conformance/suite"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const (
	digest      = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	tag         = "1.4.0"
	revision    = "0123456789abcdef0123456789abcdef01234567"
	requestFile = "delivery/release/release.env"
)

// release simulates a release: the request changes only what the delivery renders, and the pipeline's commit only the
// first environment.
func release(verdict *suite.Verdict, repository *suite.Repository) {
	verdict.Checked(suite.Release)
	fail := func(where, format string, arguments ...any) { verdict.Fail(suite.Release, where, format, arguments...) }
	before := renderings(verdict, repository)

	request, err := repository.File(requestFile)
	verdict.Must(suite.Release, requestFile, err)
	request = strings.NewReplacer("IMAGE_TAG=\n", "IMAGE_TAG="+tag+"\n", "SOURCE_REVISION=\n", "SOURCE_REVISION="+revision+"\n").Replace(request)
	requested := renderings(verdict, repository.With(requestFile, request))
	committed, err := commit(repository)
	if !verdict.Must(suite.Release, "deploy-app", err) {
		return
	}
	deployed := renderings(verdict, committed)
	first := "deploy/overlays/" + repository.Environments()[0]
	for folder := range before {
		if changes := requested[folder] != before[folder]; changes != (folder == "delivery") {
			fail(folder, "changes with a request: %t", changes)
		}
		if changes := deployed[folder] != before[folder]; changes != (folder == first) {
			fail(folder, "changes with the pipeline's commit: %t", changes)
		}
		if strings.HasPrefix(folder, "deploy/") {
			rests(verdict, folder, before[folder])
		}
	}
	runs(verdict, first, deployed[first], repository.Answers["image"]+"@"+digest, repository.Answers["replicas"])
}

// renderings builds everything that is synced, by folder.
func renderings(verdict *suite.Verdict, repository *suite.Repository) map[string]string {
	tree, err := checkOut(repository)
	defer tree.remove()
	verdict.Must(suite.Release, "the repository", err)
	found := map[string]string{}
	folders := []string{"delivery"}
	for _, environment := range repository.Environments() {
		folders = append(folders, "deploy/overlays/"+environment)
	}
	for _, folder := range folders {
		rendered, err := tree.build(repository.Prefix + folder)
		verdict.Must(suite.Release, folder, err)
		found[folder] = string(rendered)
	}
	return found
}

// workloads are the Deployments and Rollouts in a rendering.
func workloads(verdict *suite.Verdict, folder, rendered string) []*unstructured.Unstructured {
	found, err := parse([]byte(rendered))
	verdict.Must(suite.Release, folder, err)
	return slices.DeleteFunc(found, func(object *unstructured.Unstructured) bool {
		return object.GetKind() != "Deployment" && object.GetKind() != "Rollout"
	})
}

// rests checks that nothing runs in a rendering. Argo Rollouts treats even a Rollout without replicas as a completed
// release, so the next one would go through its steps.
func rests(verdict *suite.Verdict, folder, rendered string) {
	for _, object := range workloads(verdict, folder, rendered) {
		if object.GetKind() == "Rollout" {
			verdict.Fail(suite.Release, folder, "has a Rollout before its first release")
		}
		if got := replicas(object); got != "0" {
			verdict.Fail(suite.Release, folder, "has %s replicas before its first release", got)
		}
	}
}

// runs checks the image and the replicas of the workload in a rendering.
func runs(verdict *suite.Verdict, folder, rendered, image, wanted string) {
	found := workloads(verdict, folder, rendered)
	if len(found) != 1 {
		verdict.Fail(suite.Release, folder, "has %d workloads, not one", len(found))
		return
	}
	if got := podTemplate(verdict, found[0]).Spec.Containers[0].Image; got != image {
		verdict.Fail(suite.Release, folder, "runs the image %s, not %s", got, image)
	}
	if got := replicas(found[0]); got != wanted {
		verdict.Fail(suite.Release, folder, "has %s replicas, not %s", got, wanted)
	}
}

func replicas(workload *unstructured.Unstructured) string {
	count, said, err := unstructured.NestedInt64(workload.Object, "spec", "replicas")
	if err != nil || !said {
		return "no number of"
	}
	return fmt.Sprint(count)
}

// promoted is the repository with the pipeline's commit copied from the first environment to all others.
func promoted(repository *suite.Repository) (*suite.Repository, error) {
	committed, err := commit(repository)
	if err != nil {
		return nil, err
	}
	file := func(environment string) string { return "deploy/overlays/" + environment + "/image/kustomization.yaml" }
	all := repository.Environments()
	content, err := committed.File(file(all[0]))
	for _, environment := range all[1:] {
		committed = committed.With(file(environment), content)
	}
	return committed, err
}

// commit writes the file that the Task `deploy-app` commits, with the Task's own function, to the Task's path.
func commit(repository *suite.Repository) (*suite.Repository, error) {
	text, err := repository.File("delivery/pipeline/deploy-app.yaml")
	if err != nil {
		return nil, err
	}
	task := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &task.Object); err != nil {
		return nil, err
	}
	steps, _, err := unstructured.NestedSlice(task.Object, "spec", "steps")
	if err != nil || len(steps) != 1 {
		return nil, fmt.Errorf("deploy-app has %d steps, not one: %w", len(steps), err)
	}
	step := &unstructured.Unstructured{Object: steps[0].(map[string]any)}
	file, inside := strings.CutPrefix(variable(step, "IMAGE_FILE"), repository.Prefix)
	if _, err := repository.File(file); err != nil || !inside {
		return nil, fmt.Errorf("IMAGE_FILE is no file of the scaffold: %q", file)
	}
	if wanted := repository.Prefix + requestFile; variable(step, "RELEASE_FILE") != wanted {
		return nil, fmt.Errorf("RELEASE_FILE is not %s", wanted)
	}
	content, err := imageFile(step, repository.Answers["image"])
	if err != nil {
		return nil, err
	}
	return repository.With(path.Clean(file), content), nil
}

// variable is the value of an environment variable of a step.
func variable(step *unstructured.Unstructured, name string) string {
	variables, _, _ := unstructured.NestedSlice(step.Object, "env")
	for _, entry := range variables {
		if entry, ok := entry.(map[string]any); ok && entry["name"] == name {
			return fmt.Sprint(entry["value"])
		}
	}
	return ""
}

// imageFile runs the function of the step's script that writes the file.
func imageFile(step *unstructured.Unstructured, image string) (string, error) {
	script, _, _ := unstructured.NestedString(step.Object, "script")
	_, function, found := strings.Cut(script, "image_file() {\n")
	function, _, ends := strings.Cut(function, "\n}\n")
	if !found || !ends {
		return "", fmt.Errorf("the script of deploy-app has no function image_file")
	}
	shell := exec.Command("sh", "-euc", function)
	shell.Env = []string{
		"APP=" + variable(step, "APP"), "IMAGE=" + image, "DIGEST=" + digest,
		"IMAGE_TAG=" + tag, "SOURCE_REVISION=" + revision,
	}
	content, err := shell.Output()
	return string(content), err
}
