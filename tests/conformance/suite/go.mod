module conformance/suite

go 1.26.3

require (
	k8s.io/api v0.35.7
	k8s.io/apimachinery v0.35.7
	k8s.io/pod-security-admission v0.35.7
	sigs.k8s.io/json v0.0.0-20250730193827-2d320260d730
	sigs.k8s.io/yaml v1.6.0
)
