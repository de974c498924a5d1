package cluster

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"conformance/suite"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// drift asks Argo CD whether an object is in sync once the cluster has stored it. Otherwise Argo CD would sync it, and
// request a release, over and over.
func drift(verdict *suite.Verdict, object, live *unstructured.Unstructured) {
	verdict.Checked(suite.Drift)
	git, live := object.DeepCopy(), live.DeepCopy()
	tracked := map[string]string{"argocd.argoproj.io/tracking-id": "judged:" + identity(object)}
	git.SetAnnotations(tracked)
	applied, err := json.Marshal(git.Object)
	if !verdict.Must(suite.Drift, identity(object), err) {
		return
	}
	live.SetNamespace(object.GetNamespace())
	live.SetAnnotations(map[string]string{
		"argocd.argoproj.io/tracking-id":   tracked["argocd.argoproj.io/tracking-id"],
		corev1.LastAppliedConfigAnnotation: string(applied),
	})
	result, err := diff.Diff(context.Background(), git, live)
	if verdict.Must(suite.Drift, identity(object), err) && result.Modified {
		verdict.Fail(suite.Drift, identity(object), "is never in sync: stored %s, wanted %s", result.NormalizedLive, result.PredictedLive)
	}
}

// tektonDrift compares a Tekton object with the results of the webhooks of all judged releases.
func tektonDrift(verdict *suite.Verdict, repository *suite.Repository, object *unstructured.Unstructured) {
	name := object.GetKind() + "-" + object.GetName() + ".json"
	files, err := filepath.Glob(filepath.Join(os.Getenv("CONFORMANCE_STORED"), "*", repository.Name, name))
	if !verdict.Must(suite.Drift, identity(object), err) {
		return
	}
	if len(files) == 0 {
		verdict.Fail(suite.Drift, identity(object), "the judge of Tekton has not stored it")
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		live := &unstructured.Unstructured{}
		if verdict.Must(suite.Drift, identity(object), err) && verdict.Must(suite.Drift, identity(object), json.Unmarshal(content, &live.Object)) {
			live.SetGroupVersionKind(object.GroupVersionKind())
			live.SetUID("stored")
			drift(verdict, object, live)
		}
	}
}
