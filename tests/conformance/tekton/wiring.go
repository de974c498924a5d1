package tekton

import (
	"encoding/json"
	"strings"

	"conformance/suite"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/reconciler/pipelinerun/resources"
	"k8s.io/apimachinery/pkg/util/sets"
)

// wiring checks what one object passes to another. Tekton refuses missing names and accepts surplus or unused ones; here
// both are mistakes.
func wiring(verdict *suite.Verdict, found *delivery) {
	pipeline, run := found.pipeline, found.run
	verdict.Checked(suite.TektonWiring)
	verdict.Must(suite.TektonWiring, run.Name, resources.ValidateParamTypesMatching(&pipeline.Spec, run))
	verdict.Must(suite.TektonWiring, run.Name, resources.ValidateRequiredParametersProvided(&pipeline.Spec.Params, &run.Spec.Params))
	given(verdict, "PipelineRun", "parameter", names(run.Spec.Params, paramName), names(pipeline.Spec.Params, specName))
	bound := names(run.Spec.Workspaces, func(binding v1.WorkspaceBinding) string { return binding.Name })
	given(verdict, "PipelineRun", "workspace", bound, names(pipeline.Spec.Workspaces, func(declared v1.PipelineWorkspaceDeclaration) string { return declared.Name }))

	used := sets.New[string]()
	for _, step := range found.calls() {
		task := found.tasks[step.TaskRef.Name]
		if task == nil {
			verdict.Fail(suite.TektonWiring, pipeline.Name, "there is no Task %s", step.TaskRef.Name)
			continue
		}
		used.Insert(task.Name)
		given(verdict, step.Name, "parameter", names(step.Params, paramName), names(task.Spec.Params, specName))
		bound := names(step.Workspaces, func(binding v1.WorkspacePipelineTaskBinding) string { return binding.Name })
		given(verdict, step.Name, "workspace", bound, names(task.Spec.Workspaces, func(declared v1.WorkspaceDeclaration) string { return declared.Name }))
	}
	for name, task := range found.tasks {
		if !used.Has(name) {
			verdict.Fail(suite.TektonWiring, name, "the Task is in no Pipeline")
		}
		inside(verdict, task)
	}
}

// given compares the names passed to an object with those that it declares.
func given(verdict *suite.Verdict, where, what string, given, declared sets.Set[string]) {
	for _, name := range sets.List(given.Difference(declared)) {
		verdict.Fail(suite.TektonWiring, where, "gives the undeclared %s %s", what, name)
	}
	for _, name := range sets.List(declared.Difference(given)) {
		verdict.Fail(suite.TektonWiring, where, "does not give the %s %s", what, name)
	}
}

// inside checks that a Task uses what it declares.
func inside(verdict *suite.Verdict, task *v1.Task) {
	verdict.Checked(suite.TektonWiring)
	text, err := json.Marshal(task.Spec.Steps)
	if !verdict.Must(suite.TektonWiring, task.Name, err) {
		return
	}
	uses := func(what, name, reference string) {
		if !strings.Contains(string(text), reference) {
			verdict.Fail(suite.TektonWiring, task.Name, "the %s %s is never used", what, name)
		}
	}
	for _, param := range task.Spec.Params {
		uses("parameter", param.Name, "$(params."+param.Name+")")
	}
	for _, result := range task.Spec.Results {
		uses("result", result.Name, "$(results."+result.Name+".path)")
	}
	for _, workspace := range task.Spec.Workspaces {
		uses("workspace", workspace.Name, "$(workspaces."+workspace.Name+".path)")
	}
}

func names[T any](items []T, name func(T) string) sets.Set[string] {
	found := sets.New[string]()
	for _, item := range items {
		found.Insert(name(item))
	}
	return found
}

func paramName(param v1.Param) string    { return param.Name }
func specName(param v1.ParamSpec) string { return param.Name }
