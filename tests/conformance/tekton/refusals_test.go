package tekton

import (
	"encoding/json"
	"fmt"
	"testing"

	"conformance/suite"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"
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

func TestRefusals(t *testing.T) {
	suite.Refused(t, "tekton", func(content map[string]any) error {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		var of metav1.TypeMeta
		if err := json.Unmarshal(text, &of); err != nil {
			return err
		}
		empty := webhookKinds[of]
		if empty == nil {
			return fmt.Errorf("nobody judges %s %s", of.APIVersion, of.Kind)
		}
		into := empty()
		if err := suite.DecodeStrictly(text, into); err != nil {
			return err
		}
		ctx := apis.WithinCreate(webhookContext())
		into.SetDefaults(ctx)
		if err := into.Validate(ctx); err != nil {
			return err
		}
		return nil
	})
}
