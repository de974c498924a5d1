package cluster

import (
	"fmt"
	"slices"
	"strings"

	"conformance/suite"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	synccommon "github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/hook"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/syncwaves"
	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// hooks reads an object's annotations as Argo CD does. Only the trigger may be a hook, because a hook that waits in an
// environment's sync blocks the next release.
func hooks(verdict *suite.Verdict, app *application, rendered []*unstructured.Unstructured) {
	verdict.Checked(suite.Hook)
	found := 0
	for _, object := range rendered {
		where := app.Name + ": " + identity(object)
		if syncwaves.Wave(object) != 0 {
			verdict.Fail(suite.Hook, where, "is in a wave of its own")
		}
		if _, tracked := object.GetLabels()["app.kubernetes.io/instance"]; tracked {
			verdict.Fail(suite.Hook, where, "has the label that Argo CD may track by, which runs would inherit")
		}
		if !hook.IsHook(object) {
			if object.GetKind() == "Job" {
				verdict.Fail(suite.Hook, where, "is no hook, so it runs once for ever")
			}
			continue
		}
		found++
		phase := synccommon.HookTypePostSync
		if object.GetName() == "sync-failed" {
			phase = synccommon.HookTypeSyncFail
		}
		if types := hook.Types(object); !slices.Equal(types, []synccommon.HookType{phase}) {
			verdict.Fail(suite.Hook, where, "runs in %v, not in %v", types, phase)
		}
		if policies := hook.DeletePolicies(object); !slices.Contains(policies, synccommon.HookDeletePolicyBeforeHookCreation) {
			verdict.Fail(suite.Hook, where, "a failed one stays in the way: it is deleted on %v", policies)
		}
	}
	wanted := 0
	if app.isDelivery {
		wanted = 2
	}
	if found != wanted {
		verdict.Fail(suite.Hook, app.Name, "has %d hooks, not %d", found, wanted)
	}
}

// healthy asks Argo CD for the health of an object that its controller has just seen.
func healthy(verdict *suite.Verdict, object *unstructured.Unstructured) {
	if hook.IsHook(object) {
		return
	}
	verdict.Checked(suite.Health)
	settled, err := settle(object)
	if !verdict.Must(suite.Health, identity(object), err) {
		return
	}
	status, err := health.GetResourceHealth(settled, lua.ResourceHealthOverrides(map[string]argo.ResourceOverride{}))
	if verdict.Must(suite.Health, identity(object), err) && status != nil && status.Status != health.HealthStatusHealthy {
		verdict.Fail(suite.Health, identity(object), "is %s: %s", status.Status, status.Message)
	}
}

// settle sets the status that a controller writes once its object has all the pods it can get: the requested number, or
// none without an image.
func settle(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	settled := object.DeepCopy()
	settled.SetGeneration(1)
	status := map[string]any{"observedGeneration": int64(1)}
	switch object.GetKind() {
	case "Rollout":
		return settledRollout(object)
	case "Deployment":
		wanted, _, err := unstructured.NestedInt64(object.Object, "spec", "replicas")
		if err != nil {
			return settled, err
		}
		if !canStart(object) {
			wanted = 0
		}
		for _, count := range []string{"replicas", "updatedReplicas", "readyReplicas", "availableReplicas"} {
			status[count] = wanted
		}
		status["conditions"] = []any{
			map[string]any{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
			map[string]any{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
		}
	case "PodDisruptionBudget":
		status["conditions"] = []any{map[string]any{
			"type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "",
			"lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": int64(1),
		}}
		for _, count := range []string{"currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"} {
			status[count] = int64(0)
		}
	default:
		return settled, nil
	}
	return settled, unstructured.SetNestedMap(settled.Object, status, "status")
}

// canStart reports whether a workload's image can be pulled. A release names its image by digest; the placeholder before
// the first release is not in any registry.
func canStart(workload *unstructured.Unstructured) bool {
	containers, _, err := unstructured.NestedSlice(workload.Object, "spec", "template", "spec", "containers")
	return err == nil && !slices.ContainsFunc(containers, func(container any) bool {
		fields, ok := container.(map[string]any)
		return !ok || !strings.Contains(fmt.Sprint(fields["image"]), "@sha256:")
	})
}
