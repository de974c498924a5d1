package tekton

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"conformance/suite"

	"github.com/tektoncd/pipeline/pkg/apis/config"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"
)

// revision is the commit that the judged release builds.
const revision = "0123456789abcdef0123456789abcdef01234567"

// longestTag is the number of characters that trigger.sh allows for an application's name and a release's tag together: a
// run's name has 63, of which the dashes and the start of the commit take ten.
const longestTag = 53

// delivery is everything in a repository that Tekton sees, as its webhook returns it.
type delivery struct {
	pipeline *v1.Pipeline
	tasks    map[string]*v1.Task
	run      *v1.PipelineRun
}

// calls lists the Tasks of the Pipeline, with those that run at its end.
func (d *delivery) calls() []v1.PipelineTask {
	return slices.Concat(d.pipeline.Spec.Tasks, d.pipeline.Spec.Finally)
}

// object is an object that the webhook defaults and validates.
type object interface {
	metav1.Object
	apis.Defaultable
	apis.Validatable
}

// webhookContext is the webhook's context without any configuration by an administrator.
func webhookContext() context.Context {
	ctx := context.Background()
	return config.ToContext(ctx, config.FromContextOrDefaults(ctx))
}

// admit reads an object strictly and passes it through the webhook.
func admit(verdict *suite.Verdict, file, text, namespace string, into object) {
	verdict.Checked(suite.TektonDecode)
	json, err := yaml.YAMLToJSONStrict([]byte(text))
	if !verdict.Must(suite.TektonDecode, file, err) || !verdict.Must(suite.TektonDecode, file, suite.DecodeStrictly(json, into)) {
		return
	}
	if into.GetNamespace() == "" {
		into.SetNamespace(namespace)
	}
	ctx := apis.WithinCreate(webhookContext())
	into.SetDefaults(ctx)
	verdict.Checked(suite.TektonAdmission)
	if err := into.Validate(ctx); err != nil {
		verdict.Fail(suite.TektonAdmission, file, "%v", err)
	}
}

// read reads a repository's delivery. Without findings it is complete.
func read(verdict *suite.Verdict, repository *suite.Repository) *delivery {
	namespace := repository.Answers["pipeline-namespace"]
	found := &delivery{tasks: map[string]*v1.Task{}}
	for _, file := range repository.Below("delivery/pipeline") {
		text, err := repository.File(file)
		if !verdict.Must(suite.TektonDecode, file, err) || strings.HasSuffix(file, "/kustomization.yaml") {
			continue
		}
		var of metav1.TypeMeta
		verdict.Must(suite.TektonDecode, file, yaml.Unmarshal([]byte(text), &of))
		switch of {
		case metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Pipeline"}:
			found.pipeline = &v1.Pipeline{}
			admit(verdict, file, text, namespace, found.pipeline)
		case metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Task"}:
			task := &v1.Task{}
			admit(verdict, file, text, namespace, task)
			found.tasks[task.Name] = task
		default:
			verdict.Fail(suite.TektonDecode, file, "nobody judges %s %s", of.APIVersion, of.Kind)
		}
	}
	if found.pipeline == nil {
		verdict.Fail(suite.TektonDecode, "delivery/pipeline", "there is no Pipeline")
	}
	found.run = readRun(verdict, repository)
	return found
}

// readRun reads the run that the trigger creates for the longest tag it allows.
func readRun(verdict *suite.Verdict, repository *suite.Repository) *v1.PipelineRun {
	const file = "delivery/release/pipelinerun.yaml"
	text, err := repository.File(file)
	if !verdict.Must(suite.TektonDecode, file, err) {
		return nil
	}
	app := repository.Answers["app"]
	tag := "1.0.0-" + strings.Repeat("9", longestTag-len(app)-len("1.0.0-"))
	name := fmt.Sprintf("%s-%s-%.8s", app, tag, revision)
	text = strings.NewReplacer("@RUN@", name, "@IMAGE_TAG@", tag, "@SOURCE_REVISION@", revision).Replace(text)
	run := &v1.PipelineRun{}
	admit(verdict, file, text, "", run)
	return run
}
