package cluster

import (
	"fmt"
	"os/exec"
	"path"
	"strings"

	"conformance/suite"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const (
	digest      = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	tag         = "1.4.0"
	revision    = "0123456789abcdef0123456789abcdef01234567"
	requestFile = "delivery/release/release.env"
)

// release plays a release through: the request changes what the delivery renders, and the pipeline's commit the first
// environment and nothing else.
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
		if strings.HasPrefix(folder, "deploy/") && folder != first {
			runs(verdict, folder, before[folder], "app-image", "0")
		}
	}
	runs(verdict, first, before[first], "app-image", "0")
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

// runs checks the image and the replicas of the Deployment in a rendering.
func runs(verdict *suite.Verdict, folder, rendered, image, replicas string) {
	found, err := parse([]byte(rendered))
	if !verdict.Must(suite.Release, folder, err) {
		return
	}
	for _, object := range found {
		if object.GetKind() != "Deployment" {
			continue
		}
		deployment, _ := decode[appsv1.Deployment](verdict, object)
		if got := deployment.Spec.Template.Spec.Containers[0].Image; got != image {
			verdict.Fail(suite.Release, folder, "runs the image %s, not %s", got, image)
		}
		if got := deployment.Spec.Replicas; got == nil || fmt.Sprint(*got) != replicas {
			verdict.Fail(suite.Release, folder, "has %v replicas, not %s", deref(got), replicas)
		}
		return
	}
	verdict.Fail(suite.Release, folder, "has no Deployment")
}

func deref(count *int32) string {
	if count == nil {
		return "unsaid"
	}
	return fmt.Sprint(*count)
}

// commit writes the file that the Task `deploy-app` commits, with the Task's own words, where the Task writes it.
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
	shell.Env = []string{"IMAGE=" + image, "DIGEST=" + digest, "IMAGE_TAG=" + tag, "SOURCE_REVISION=" + revision}
	content, err := shell.Output()
	return string(content), err
}
