package suite

// Judge is a module that judges.
type Judge string

// The judges, by their folders.
const (
	Cluster Judge = "cluster"
	Tekton  Judge = "tekton"
)

// Property names a property of every generated repository.
type Property string

// The properties that Argo CD, kustomize and Kubernetes judge.
const (
	Build       Property = "build"
	Decode      Property = "decode"
	Schema      Property = "schema"
	Admission   Property = "admission"
	PodSecurity Property = "pod-security"
	Rollout     Property = "rollout"
	Project     Property = "project"
	Privilege   Property = "privilege"
	Hook        Property = "hook"
	Health      Property = "health"
	Drift       Property = "drift"
	References  Property = "references"
	Release     Property = "release"
)

// The properties that Tekton judges.
const (
	TektonDecode      Property = "tekton-decode"
	TektonAdmission   Property = "tekton-admission"
	TektonWiring      Property = "tekton-wiring"
	TektonInjection   Property = "tekton-injection"
	TektonTimeouts    Property = "tekton-timeouts"
	TektonRun         Property = "tekton-run"
	TektonPodSecurity Property = "tekton-pod-security"
	TektonCredentials Property = "tekton-credentials"
)

// Properties lists every property with its judge and its meaning.
var Properties = []struct {
	Name  Property
	Judge Judge
	What  string
}{
	{Build, Cluster, "kustomize builds every folder that is applied, and nothing in it is there twice"},
	{Decode, Cluster, "every object decodes strictly into upstream's type"},
	{Schema, Cluster, "Argo CD's, Argo Rollouts' and Tekton's objects fit the schemas of their CustomResourceDefinitions"},
	{Admission, Cluster, "the API server's own validation accepts every object"},
	{PodSecurity, Cluster, "workloads and the trigger are admitted as `restricted`, and namespaces say so"},
	{Rollout, Cluster, "Argo Rollouts' own validation accepts every Rollout, and the Services that it names"},
	{Project, Cluster, "Argo CD's projects are valid and permit every Application and every object it renders"},
	{Privilege, Cluster, "and nothing beyond that: no other repository, namespace or cluster, and no kind that limits a commit"},
	{Hook, Cluster, "the trigger is a PostSync hook, the notice of failed syncs a SyncFail one, and there is no other"},
	{Health, Cluster, "Argo CD finds everything healthy before the first release, and after it"},
	{Drift, Cluster, "what the cluster stores is in sync for Argo CD, defaults and all"},
	{References, Cluster, "names lead somewhere: maps, keys, accounts, roles, selectors"},
	{Release, Cluster, "a release changes the image and the request, and the pipeline's commit no rendering of its own"},
	{TektonDecode, Tekton, "every object decodes strictly into Tekton's type"},
	{TektonAdmission, Tekton, "Tekton's webhook defaults and accepts every object"},
	{TektonWiring, Tekton, "parameters, workspaces and results are declared, given and used"},
	{TektonInjection, Tekton, "no value is pasted into a script or into arguments"},
	{TektonTimeouts, Tekton, "the run's time covers every Task with its retries"},
	{TektonRun, Tekton, "Tekton's reconcilers take a run to its end, every Task in order, and give its results"},
	{TektonPodSecurity, Tekton, "the pods Tekton makes are `restricted`, the build `baseline`"},
	{TektonCredentials, Tekton, "each Secret reaches one Task only, and no pod has a token"},
}

// JudgeOf is the judge of a property.
func JudgeOf(name Property) Judge {
	for _, property := range Properties {
		if property.Name == name {
			return property.Judge
		}
	}
	return ""
}
