package cluster

import (
	"regexp"

	"conformance/suite"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// hashed matches the name of a ConfigMap with kustomize's content hash.
var hashed = regexp.MustCompile(`-[a-z0-9]{10}$`)

// scope is everything that is applied to the namespace of one Application, and so everything that its names can refer to.
type scope struct {
	verdict *suite.Verdict
	objects []*unstructured.Unstructured
}

// references resolves the names in the objects of the namespace of an Application.
func references(verdict *suite.Verdict, rendered []*unstructured.Unstructured) {
	s := scope{verdict, rendered}
	for _, object := range rendered {
		verdict.Checked(suite.References)
		switch object.GetKind() {
		case "Deployment", "Rollout", "Job":
			s.pod(object, podTemplate(verdict, object))
		case "RoleBinding":
			s.binding(object)
		case "Service":
			service, _ := decode[corev1.Service](verdict, object)
			s.service(object, service)
		case "PodDisruptionBudget":
			budget, _ := decode[policyv1.PodDisruptionBudget](verdict, object)
			s.selects(object, budget.Spec.Selector)
		case "NetworkPolicy":
			policy, _ := decode[networkingv1.NetworkPolicy](verdict, object)
			s.selects(object, &policy.Spec.PodSelector)
		}
	}
}

func (s scope) fail(object *unstructured.Unstructured, format string, arguments ...any) {
	s.verdict.Fail(suite.References, identity(object), format, arguments...)
}

func (s scope) find(kind, name string) *unstructured.Unstructured {
	for _, object := range s.objects {
		if object.GetKind() == kind && object.GetName() == name {
			return object
		}
	}
	return nil
}

// pod resolves a pod's service account and ConfigMaps.
func (s scope) pod(object *unstructured.Unstructured, template *corev1.PodTemplateSpec) {
	// Every namespace has the default one.
	if account := template.Spec.ServiceAccountName; account != "" && s.find("ServiceAccount", account) == nil {
		s.fail(object, "there is no service account %q", account)
	}
	for _, container := range template.Spec.Containers {
		for _, variable := range container.Env {
			if variable.ValueFrom != nil && variable.ValueFrom.ConfigMapKeyRef != nil {
				from := variable.ValueFrom.ConfigMapKeyRef
				s.configMap(object, from.Name, from.Key)
			}
		}
	}
	for _, volume := range template.Spec.Volumes {
		if volume.ConfigMap != nil {
			s.configMap(object, volume.ConfigMap.Name, "trigger.sh", "pipelinerun.yaml")
		}
	}
}

func (s scope) configMap(object *unstructured.Unstructured, name string, keys ...string) {
	found := s.find("ConfigMap", name)
	if found == nil {
		s.fail(object, "there is no ConfigMap %q", name)
		return
	}
	if !hashed.MatchString(name) {
		s.fail(object, "a change of the ConfigMap %s does not change its name", name)
	}
	config, _ := decode[corev1.ConfigMap](s.verdict, found)
	for _, key := range keys {
		if _, ok := config.Data[key]; !ok {
			s.fail(object, "the ConfigMap %s has no key %s", name, key)
		}
	}
}

func (s scope) binding(object *unstructured.Unstructured) {
	binding, _ := decode[rbacv1.RoleBinding](s.verdict, object)
	if s.find(binding.RoleRef.Kind, binding.RoleRef.Name) == nil {
		s.fail(object, "there is no %s %s", binding.RoleRef.Kind, binding.RoleRef.Name)
	}
	for _, subject := range binding.Subjects {
		if s.find(subject.Kind, subject.Name) == nil || subject.Namespace != object.GetNamespace() {
			s.fail(object, "there is no %s %s/%s", subject.Kind, subject.Namespace, subject.Name)
		}
	}
}

func (s scope) service(object *unstructured.Unstructured, service *corev1.Service) {
	template := s.selects(object, &metav1.LabelSelector{MatchLabels: service.Spec.Selector})
	if template == nil {
		return
	}
	for _, port := range service.Spec.Ports {
		if !hasPort(template, port.TargetPort.StrVal) {
			s.fail(object, "no container has the port %s", port.TargetPort.StrVal)
		}
	}
}

func hasPort(template *corev1.PodTemplateSpec, name string) bool {
	for _, container := range template.Spec.Containers {
		for _, port := range container.Ports {
			if port.Name == name {
				return true
			}
		}
	}
	return false
}

// selects finds the pods that a selector selects. An empty selector selects all pods, even if there are none. If nothing
// runs, which the release judges, it selects nothing.
func (s scope) selects(object *unstructured.Unstructured, selector *metav1.LabelSelector) *corev1.PodTemplateSpec {
	match, err := metav1.LabelSelectorAsSelector(selector)
	if !s.verdict.Must(suite.References, identity(object), err) || match.Empty() {
		return nil
	}
	runs := false
	for _, other := range s.objects {
		template := podTemplate(s.verdict, other)
		if template != nil && match.Matches(labels.Set(template.Labels)) {
			return template
		}
		runs = runs || template != nil
	}
	if runs {
		s.fail(object, "selects no pod")
	}
	return nil
}
