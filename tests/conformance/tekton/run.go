package tekton

import (
	"slices"
	"strings"
	"testing"

	"conformance/suite"

	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

// outcomes are what the Tasks of the judged release report.
var outcomes = map[string]string{
	"url":          "https://git.example.com/acme/shop.git",
	"commit":       revision,
	"IMAGE_URL":    "registry.example.com/acme/shop",
	"IMAGE_DIGEST": "sha256:" + strings.Repeat("a", 64),
}

// release is a run in progress.
type release struct {
	*cluster
	found    *delivery
	settings features
	verdict  *suite.Verdict
	// order lists the Tasks in the order of their start.
	order []string
}

// run completes a release; each Task succeeds as soon as its pod exists.
func run(t *testing.T, verdict *suite.Verdict, found *delivery, settings features) {
	t.Helper()
	verdict.Checked(suite.TektonRun)
	r := &release{cluster: start(t, found, settings), found: found, settings: settings, verdict: verdict}
	tasks := found.calls()
	ended := false
	// A look for each Task and one for the end.
	for range len(tasks) + 1 {
		if ended = r.look(); ended {
			break
		}
		if !r.startTask() {
			break
		}
	}
	if !ended {
		r.fail("PipelineRun", "did not come to its end after %v", r.order)
	}
	var wanted []string
	for _, task := range tasks {
		wanted = append(wanted, task.Name)
	}
	if !slices.Equal(r.order, wanted) {
		r.fail("PipelineRun", "ran %v, not %v", r.order, wanted)
	}
	r.afterwards()
}

func (r *release) fail(where, format string, arguments ...any) {
	r.settings.failed(r.verdict, suite.TektonRun, where, format, arguments...)
}

func (r *release) must(where string, err error) bool {
	if err != nil {
		r.fail(where, "%v", err)
	}
	return err == nil
}

// look continues the run, and reports whether it has ended.
func (r *release) look() bool {
	run := r.found.run
	r.must("PipelineRun", r.reconcile(r.pipelineRuns, run.Namespace, run.Name))
	now, err := r.clients.Pipeline.TektonV1().PipelineRuns(run.Namespace).Get(r.ctx, run.Name, metav1.GetOptions{})
	if !r.must("PipelineRun", err) {
		return true
	}
	state := now.Status.GetCondition(apis.ConditionSucceeded)
	if state == nil || state.IsUnknown() {
		return false
	}
	if !state.IsTrue() {
		r.fail("PipelineRun", "%s: %s", state.Reason, state.Message)
		return true
	}
	for _, wanted := range []string{"IMAGE_URL", "IMAGE_DIGEST", "CHAINS-GIT_URL", "CHAINS-GIT_COMMIT"} {
		has := func(result v1.PipelineRunResult) bool { return result.Name == wanted && result.Value.StringVal != "" }
		if !slices.ContainsFunc(now.Status.Results, has) {
			r.fail("PipelineRun", "ended without the result %s", wanted)
		}
	}
	return true
}

// startTask creates the pods of new TaskRuns, judges them and lets them succeed. It reports whether there was one.
func (r *release) startTask() bool {
	client := r.clients.Pipeline.TektonV1().TaskRuns(r.found.run.Namespace)
	runs, err := client.List(r.ctx, metav1.ListOptions{})
	if !r.must("TaskRuns", err) {
		return false
	}
	started := 0
	for _, listed := range runs.Items {
		task := listed.Labels[pipeline.PipelineTaskLabelKey]
		if slices.Contains(r.order, task) {
			continue
		}
		r.order = append(r.order, task)
		started++
		if !r.must(task, r.reconcile(r.taskRuns, listed.Namespace, listed.Name)) {
			return false
		}
		run, err := client.Get(r.ctx, listed.Name, metav1.GetOptions{})
		if !r.must(task, err) {
			return false
		}
		r.pod(task, run)
		r.succeed(run)
		if _, err := client.UpdateStatus(r.ctx, run, metav1.UpdateOptions{}); !r.must(task, err) {
			return false
		}
	}
	if started > 1 {
		r.fail("PipelineRun", "runs Tasks at once: %v", r.order)
	}
	return started > 0
}

// pod judges the pod of a TaskRun.
func (r *release) pod(task string, run *v1.TaskRun) {
	if state := run.Status.GetCondition(apis.ConditionSucceeded); state != nil && state.IsFalse() {
		r.fail(task, "%s: %s", state.Reason, state.Message)
		return
	}
	pod, err := r.clients.Kube.CoreV1().Pods(run.Namespace).Get(r.ctx, run.Status.PodName, metav1.GetOptions{})
	if r.must(task, err) {
		judgePod(r.verdict, r.settings, task, pod)
	}
}

// succeed completes a TaskRun, with every result that its Task declares.
func (r *release) succeed(run *v1.TaskRun) {
	run.Status.SetCondition(&apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue, Reason: "Succeeded"})
	now := metav1.Now()
	run.Status.CompletionTime = &now
	for _, declared := range r.found.tasks[run.Spec.TaskRef.Name].Spec.Results {
		value := v1.NewStructuredValues(outcomes[declared.Name])
		run.Status.Results = append(run.Status.Results, v1.TaskRunResult{Name: declared.Name, Type: v1.ResultsTypeString, Value: *value})
	}
}

// afterwards judges what a run leaves behind, and what keeps its volume while it runs.
func (r *release) afterwards() {
	for _, event := range r.warnings() {
		r.fail("PipelineRun", "event: %s", event)
	}
	// In the other ways the volume belongs to the StatefulSet, of which the fake API server makes nothing.
	if r.settings.coschedule == "workspaces" && !r.did("delete", "persistentvolumeclaims") {
		r.fail("PipelineRun", "leaves its volume behind")
	}
	level := suite.Restricted
	if r.settings.securityContext == "false" {
		level = suite.Baseline
	}
	for _, action := range r.clients.Kube.Actions() {
		assistant, ok := createdStatefulSet(action)
		if !ok {
			continue
		}
		r.verdict.Checked(suite.TektonPodSecurity)
		template := assistant.Spec.Template
		if err := suite.Admit(level, &template.ObjectMeta, &template.Spec); err != nil {
			r.settings.failed(r.verdict, suite.TektonPodSecurity, "affinity assistant", "%v", err)
		}
	}
}
