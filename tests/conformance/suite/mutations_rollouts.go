package suite

// rolloutMutations are mistakes in Rollouts.
var rolloutMutations = []Mutation{
	{"a misspelt field of a Rollout", rolloutFile, "autoPromotionEnabled", "autoPromotionEnable", Decode, "autoPromotionEnable", blueGreen},
	{"a text for a number of replicas", "deploy/overlays/staging/settings/replicas.yaml", "value: 3", "value: three", Decode, "cannot unmarshal string", canary},
	{"no active Service", rolloutFile, "      activeService: shop\n", "", Schema, "activeService: Required", blueGreen},
	{"a blue-green step", rolloutFile, "      autoPromotionEnabled: true\n", "      autoPromotionEnabled: true\n      steps: []\n", Decode, "steps", blueGreen},

	{"one Service for both releases", rolloutFile, "previewService: shop-preview", "previewService: shop", Rollout, "two different services are required", blueGreen},
	{"a preview of other pods", "deploy/base/preview-service.yaml", "  selector:\n    app.kubernetes.io/name: shop", "  selector:\n    app.kubernetes.io/name: shop\n    track: preview", Rollout, "has unmatch label", blueGreen},
	{"a preview Service that is left out", "deploy/base/kustomization.yaml", "- preview-service.yaml\n", "", Rollout, "there is no Service shop-preview", blueGreen},
	{"more than all of the traffic", rolloutFile, "setWeight: 50", "setWeight: 150", Rollout, "SetWeight needs to be between 0 and 100", canary},
	{"a canary that cannot move", rolloutFile, "maxSurge: 25%", "maxSurge: 0", Rollout, "MaxSurge and MaxUnavailable both can not be zero", canary},
	{"two steps in one", rolloutFile, "      - setWeight: 50\n      - pause:\n", "      - setWeight: 50\n        pause:\n", Rollout, "Step must have one of the following set", canary},
	{"a step that is none", rolloutFile, "      - setWeight: 50\n", "      - {}\n", Rollout, "Step must have one of the following set", canary},
	{"two strategies", rolloutFile, "    blueGreen:\n", "    canary: {}\n    blueGreen:\n", Rollout, "Multiple Strategies can not be listed", blueGreen},
	{"no strategy", rolloutFile, "    blueGreen:\n", "    BlueGreen:\n", Decode, "BlueGreen", blueGreen},
	{"a Rollout of other pods", rolloutFile, "  selector:\n    matchLabels:\n      app.kubernetes.io/name: shop", "  selector:\n    matchLabels:\n      app.kubernetes.io/name: shops", Rollout, "`selector` does not match template `labels`", canary},
	{"a deadline before the pods are ready", rolloutFile, "progressDeadlineSeconds: 300", "progressDeadlineSeconds: 5", Rollout, "must be greater than minReadySeconds", canary},
	{"a delay that only a traffic router takes", rolloutFile, "      maxUnavailable: 0\n", "      maxUnavailable: 0\n      scaleDownDelaySeconds: 30\n", Rollout, "can only be used with traffic routing", canary},

	{"a privileged Rollout", rolloutFile, "allowPrivilegeEscalation: false", "privileged: true", PodSecurity, "privileged", canary},
	{"a Rollout as root", rolloutFile, "runAsNonRoot: true\n", "runAsNonRoot: false\n", PodSecurity, "runAsNonRoot", blueGreen},
	{"a Rollout that is not permitted", "argocd/projects.yaml", "  - group: argoproj.io\n    kind: Rollout\n", "", Project, "Rollout.argoproj.io shop: not permitted", canary},
	{"a Rollout with an account that is not there", rolloutFile, "serviceAccountName: shop", "serviceAccountName: shops", References, "there is no service account", canary},

	{"a Rollout before its first release", stagingImage, "    $patch: delete\n", "    spec: {replicas: 0}\n", Release, "has a Rollout before its first release", canary},
	{"a Rollout without an image", stagingImage, "    $patch: delete\n", "", Health, "Rollout.argoproj.io shop: is Progressing: more replicas need to be updated", blueGreen},
	{"an image of a Rollout that nothing replaces", rolloutFile, "image: app-image", "image: registry.example.com/shop:1", Release, "runs the image registry.example.com/shop:1", blueGreen},
	{"replicas that nobody asked for", "deploy/overlays/staging/settings/kustomization.yaml", "    kind: Deployment|Rollout\n", "    kind: Deployment\n", Release, "has 0 replicas, not 3", canary},
}

const (
	rolloutFile  = "deploy/base/rollout.yaml"
	stagingImage = "deploy/overlays/staging/image/kustomization.yaml"
)

// Golden repositories, by their strategy.
const (
	rolling   = "golden-four-environments"
	blueGreen = "golden-blue-green"
	canary    = "golden-canary"
)
