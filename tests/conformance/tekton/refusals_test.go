package tekton

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"conformance/suite"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/contexts"
	triggersv1alpha1 "github.com/tektoncd/triggers/pkg/apis/triggers/v1alpha1"
	triggers "github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

// webhookKinds make empty objects of the kinds that Tekton's webhook validates.
var webhookKinds = map[metav1.TypeMeta]func() object{
	{APIVersion: "tekton.dev/v1", Kind: "Pipeline"}:         func() object { return &v1.Pipeline{} },
	{APIVersion: "tekton.dev/v1", Kind: "PipelineRun"}:      func() object { return &v1.PipelineRun{} },
	{APIVersion: "tekton.dev/v1", Kind: "Task"}:             func() object { return &v1.Task{} },
	{APIVersion: "tekton.dev/v1", Kind: "TaskRun"}:          func() object { return &v1.TaskRun{} },
	{APIVersion: "tekton.dev/v1beta1", Kind: "Pipeline"}:    func() object { return &v1beta1.Pipeline{} },
	{APIVersion: "tekton.dev/v1beta1", Kind: "PipelineRun"}: func() object { return &v1beta1.PipelineRun{} },
	{APIVersion: "tekton.dev/v1beta1", Kind: "StepAction"}:  func() object { return &v1beta1.StepAction{} },
	{APIVersion: "tekton.dev/v1beta1", Kind: "Task"}:        func() object { return &v1beta1.Task{} },
	{APIVersion: "tekton.dev/v1beta1", Kind: "TaskRun"}:     func() object { return &v1beta1.TaskRun{} },
}

// triggersKinds make empty objects of the kinds that the webhook of Tekton Triggers validates.
var triggersKinds = map[metav1.TypeMeta]func() object{
	{APIVersion: "triggers.tekton.dev/v1alpha1", Kind: "ClusterInterceptor"}:   func() object { return &triggersv1alpha1.ClusterInterceptor{} },
	{APIVersion: "triggers.tekton.dev/v1alpha1", Kind: "Interceptor"}:          func() object { return &triggersv1alpha1.Interceptor{} },
	{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "ClusterTriggerBinding"}: func() object { return &triggers.ClusterTriggerBinding{} },
	{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "EventListener"}:         func() object { return &triggers.EventListener{} },
	{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "Trigger"}:               func() object { return &triggers.Trigger{} },
	{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "TriggerBinding"}:        func() object { return &triggers.TriggerBinding{} },
	{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "TriggerTemplate"}:       func() object { return &triggers.TriggerTemplate{} },
}

func TestRefusals(t *testing.T) {
	suite.Refused(t, "tekton", webhook(webhookContext(), webhookKinds))
	suite.Refused(t, "tekton-triggers", webhook(contexts.WithUpgradeViaDefaulting(context.Background()), triggersKinds))
}

// webhook judges an object as a webhook does that knows these kinds.
func webhook(ctx context.Context, kinds map[metav1.TypeMeta]func() object) func(map[string]any) error {
	ctx = apis.WithinCreate(ctx)
	return func(content map[string]any) error {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		var of metav1.TypeMeta
		if err := json.Unmarshal(text, &of); err != nil {
			return err
		}
		empty := kinds[of]
		if empty == nil {
			return fmt.Errorf("nobody judges %s %s", of.APIVersion, of.Kind)
		}
		into := empty()
		if err := suite.DecodeStrictly(text, into); err != nil {
			return err
		}
		into.SetDefaults(ctx)
		if err := into.Validate(ctx); err != nil {
			return err
		}
		return nil
	}
}
