package suite

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// Levels of Pod Security.
const (
	Baseline   = api.LevelBaseline
	Restricted = api.LevelRestricted
)

// Admit asks the Pod Security admission whether a namespace that enforces a level admits a pod.
func Admit(level api.Level, meta *metav1.ObjectMeta, spec *corev1.PodSpec) error {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	version := api.LevelVersion{Level: level, Version: api.LatestVersion()}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(version, meta, spec))
	if result.Allowed {
		return nil
	}
	return errors.New("not " + string(level) + ": " + result.ForbiddenDetail())
}
