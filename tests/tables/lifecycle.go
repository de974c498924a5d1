package main

import (
	"go/ast"
	"strconv"
	"strings"
)

// lifecycle has the releases of Kubernetes that deprecated and removed a kind, and its replacement.
type lifecycle struct{ deprecated, removed, successor string }

// retired are the kinds and versions that no module contains any more, or whose Go types do not mark them.
var retired = []struct{ group, kind, version, deprecated, removed, successor string }{
	// https://kubernetes.io/docs/reference/using-api/deprecation-guide/
	{"policy", "PodSecurityPolicy", "v1beta1", "1.21", "1.25", "-"},
	{"extensions", "PodSecurityPolicy", "v1beta1", "1.11", "1.16", "-"},
	{"autoscaling", "HorizontalPodAutoscaler", "v2beta1", "1.22", "1.25", "autoscaling/v2"},
	{"autoscaling", "HorizontalPodAutoscaler", "v2beta2", "1.23", "1.26", "autoscaling/v2"},
	{"storage.k8s.io", "CSIStorageCapacity", "v1beta1", "1.24", "1.27", "storage.k8s.io/v1"},
	{"apiextensions.k8s.io", "CustomResourceDefinition", "v1beta1", "1.16", "1.22", "apiextensions.k8s.io/v1"},
	// tektoncd/pipeline docs/deprecations.md
	{"tekton.dev", "Task", "v1beta1", "0.50", "-", "tekton.dev/v1"},
	{"tekton.dev", "Pipeline", "v1beta1", "0.50", "-", "tekton.dev/v1"},
	{"tekton.dev", "TaskRun", "v1beta1", "0.50", "-", "tekton.dev/v1"},
	{"tekton.dev", "PipelineRun", "v1beta1", "0.50", "-", "tekton.dev/v1"},
	{"tekton.dev", "Task", "v1alpha1", "0.17", "0.44", "tekton.dev/v1"},
	{"tekton.dev", "Pipeline", "v1alpha1", "0.17", "0.44", "tekton.dev/v1"},
	{"tekton.dev", "TaskRun", "v1alpha1", "0.17", "0.44", "tekton.dev/v1"},
	{"tekton.dev", "PipelineRun", "v1alpha1", "0.17", "0.44", "tekton.dev/v1"},
	{"tekton.dev", "ClusterTask", "v1beta1", "0.41", "1.0", "tekton.dev/v1/Task"},
	{"tekton.dev", "ClusterTask", "v1alpha1", "0.17", "0.44", "tekton.dev/v1/Task"},
	{"tekton.dev", "Condition", "v1alpha1", "0.16", "0.37", "-"},
	{"tekton.dev", "PipelineResource", "v1alpha1", "0.30", "0.44", "-"},
	{"tekton.dev", "Run", "v1alpha1", "0.43", "0.48", "tekton.dev/v1beta1/CustomRun"},
	{"tekton.dev", "StepAction", "v1alpha1", "0.64", "-", "tekton.dev/v1beta1"},
}

// tektonOptional are fields that look required by their Go tags, although Tekton accepts manifests without them.
var tektonOptional = []string{
	"Step.name", "Sidecar.name", "WorkspaceUsage.mountPath", "PipelineResult.description", "TaskRunSpec.serviceAccountName",
	"CustomRunSpec.serviceAccountName", "RunSpec.serviceAccountName", "TriggerSpec.bindings",
	"EventListenerTriggerGroup.triggerSelector", "EventListenerTriggerGroup.interceptors", "TriggerInterceptor.ref",
	"EventListenerSpec.triggers",
}

// lifecycleOf reads the methods of zz_generated.prerelease-lifecycle.go.
func (p *goPackage) lifecycleOf(kind string, d *ast.FuncDecl) {
	what, found := strings.CutPrefix(d.Name.Name, "APILifecycle")
	if !found {
		return
	}
	if p.since[kind] == nil {
		p.since[kind] = &lifecycle{"-", "-", "-"}
	}
	results := d.Body.List[0].(*ast.ReturnStmt).Results
	switch what {
	case "Deprecated":
		p.since[kind].deprecated = release(results)
	case "Removed":
		p.since[kind].removed = release(results)
	case "Replacement":
		parts := map[string]string{}
		for _, element := range results[0].(*ast.CompositeLit).Elts {
			pair := element.(*ast.KeyValueExpr)
			parts[pair.Key.(*ast.Ident).Name], _ = strconv.Unquote(pair.Value.(*ast.BasicLit).Value)
		}
		successor := strings.TrimPrefix(parts["Group"]+"/"+parts["Version"], "/")
		// One upstream tag names the list instead of the kind.
		if strings.TrimSuffix(parts["Kind"], "List") != kind {
			successor += "/" + parts["Kind"]
		}
		p.since[kind].successor = successor
	}
}

func release(results []ast.Expr) string {
	return results[0].(*ast.BasicLit).Value + "." + results[1].(*ast.BasicLit).Value
}
