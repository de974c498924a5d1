package cluster

import (
	"conformance/suite"

	rollouts "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// podTemplate is the pod template of an object, if it has one.
func podTemplate(verdict *suite.Verdict, object *unstructured.Unstructured) *corev1.PodTemplateSpec {
	switch object.GetKind() {
	case "Deployment":
		deployment, _ := decode[appsv1.Deployment](verdict, object)
		return &deployment.Spec.Template
	case "Rollout":
		rollout, _ := decode[rollouts.Rollout](verdict, object)
		return &rollout.Spec.Template
	case "Job":
		job, _ := decode[batchv1.Job](verdict, object)
		return &job.Spec.Template
	default:
		return nil
	}
}

// podSecurity judges declared pods; the Tekton module judges those that Tekton creates.
func podSecurity(verdict *suite.Verdict, object *unstructured.Unstructured) {
	template := podTemplate(verdict, object)
	if template == nil {
		return
	}
	verdict.Checked(suite.PodSecurity)
	verdict.Must(suite.PodSecurity, identity(object), suite.Admit(suite.Restricted, &template.ObjectMeta, &template.Spec))
}
