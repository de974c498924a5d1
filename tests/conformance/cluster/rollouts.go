package cluster

import (
	"strconv"

	"conformance/suite"

	rollouts "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation"
	"github.com/argoproj/argo-rollouts/utils/conditions"
	"github.com/argoproj/argo-rollouts/utils/defaults"
	"github.com/argoproj/argo-rollouts/utils/hash"
	rolloututil "github.com/argoproj/argo-rollouts/utils/rollout"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// rolloutsOf runs Argo Rollouts' validation on the Rollouts of an Application: each by itself, and with the Services that
// it names, which the controller checks before it does anything.
func rolloutsOf(verdict *suite.Verdict, rendered []*unstructured.Unstructured) {
	s := scope{verdict, rendered}
	for _, object := range rendered {
		if object.GetKind() != "Rollout" {
			continue
		}
		verdict.Checked(suite.Rollout)
		rollout, _ := decode[rollouts.Rollout](verdict, object)
		problems := validation.ValidateRollout(rollout)
		problems = append(problems, validation.ValidateRolloutReferencedResources(rollout, s.referenced(rollout))...)
		for _, problem := range problems {
			verdict.Fail(suite.Rollout, identity(object), "%v", problem)
		}
	}
}

// referenced are the Services that a Rollout names, as the controller's `getReferencedServices` collects them.
func (s scope) referenced(rollout *rollouts.Rollout) validation.ReferencedResources {
	names := map[validation.ServiceType]string{}
	if blueGreen := rollout.Spec.Strategy.BlueGreen; blueGreen != nil {
		names[validation.ActiveService] = blueGreen.ActiveService
		names[validation.PreviewService] = blueGreen.PreviewService
	}
	if canary := rollout.Spec.Strategy.Canary; canary != nil {
		names[validation.StableService] = canary.StableService
		names[validation.CanaryService] = canary.CanaryService
	}
	var found validation.ReferencedResources
	for role, name := range names {
		if name == "" {
			continue
		}
		object := s.find("Service", name)
		if object == nil {
			s.verdict.Fail(suite.Rollout, rollout.Name, "there is no Service %s", name)
			continue
		}
		service, _ := decode[corev1.Service](s.verdict, object)
		found.ServiceWithType = append(found.ServiceWithType, validation.ServiceWithType{Service: service, Type: role})
		s.driftOfService(object, rollout)
	}
	return found
}

// driftOfService asks Argo CD whether a Service is in sync whose selector the controller has narrowed to one release.
func (s scope) driftOfService(object *unstructured.Unstructured, rollout *rollouts.Rollout) {
	live := create(s.verdict, object, kinds[object.GroupVersionKind()].creation)
	if live == nil {
		return
	}
	selector := []string{"spec", "selector", rollouts.DefaultRolloutUniqueLabelKey}
	err := unstructured.SetNestedField(live.Object, hash.ComputePodTemplateHash(&rollout.Spec.Template, nil), selector...)
	if s.verdict.Must(suite.Drift, identity(object), err) {
		drift(s.verdict, object, live)
	}
}

// storedRollout is a Rollout as the API server stores it, with the defaults of its schema, and the status of one that
// is complete.
func storedRollout(verdict *suite.Verdict, object *unstructured.Unstructured) *unstructured.Unstructured {
	live, err := settledRollout(object)
	if !verdict.Must(suite.Drift, identity(object), err) {
		return object
	}
	all, err := definitions()
	if verdict.Must(suite.Drift, identity(object), err) {
		for _, release := range all[object.GroupVersionKind()] {
			defaulting.Default(live.Object, release.structural)
		}
	}
	return live
}

// settledRollout sets the status that the controller of a Rollout writes once it has all the pods that it can get. Phase
// and message come from the controller's own code; Argo CD reads them.
func settledRollout(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	rollout := &rollouts.Rollout{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, rollout); err != nil {
		return nil, err
	}
	rollout.Generation = 1
	count := defaults.GetReplicasOrDefault(rollout.Spec.Replicas)
	if !canStart(object) {
		count = 0
	}
	current := hash.ComputePodTemplateHash(&rollout.Spec.Template, nil)
	status := rollouts.RolloutStatus{
		ObservedGeneration: strconv.FormatInt(rollout.Generation, 10),
		CurrentPodHash:     current,
		StableRS:           current,
		Replicas:           count,
		UpdatedReplicas:    count,
		ReadyReplicas:      count,
		AvailableReplicas:  count,
	}
	if blueGreen := rollout.Spec.Strategy.BlueGreen; blueGreen != nil {
		status.BlueGreen = rollouts.BlueGreenStatus{ActiveSelector: current, PreviewSelector: current}
	}
	for kind, reason := range map[rollouts.RolloutConditionType]string{
		rollouts.RolloutAvailable:   conditions.AvailableReason,
		rollouts.RolloutProgressing: conditions.NewRSAvailableReason,
	} {
		conditions.SetRolloutCondition(&status, *conditions.NewRolloutCondition(kind, corev1.ConditionTrue, reason, ""))
	}
	status.Phase, status.Message = rolloututil.CalculateRolloutPhase(rollout.Spec, status)
	rollout.Status = status
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(rollout)
	settled := object.DeepCopy()
	settled.SetGeneration(rollout.Generation)
	if err == nil {
		settled.Object["status"] = content["status"]
	}
	return settled, err
}
