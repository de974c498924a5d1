package tekton

import (
	"slices"
	"strings"

	"conformance/suite"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	kubetesting "k8s.io/client-go/testing"
)

// buildTask builds images, which requires more than `restricted` allows.
const buildTask = "build-image"

// cloneTask alone may write to the whole volume of a run.
const cloneTask = "clone-repo"

// reportTask runs at the end, however the others end.
const reportTask = "report"

// secretsOf is what a Task may see. Tests, and what a Dockerfile runs, must not see one that can push.
var secretsOf = map[string][]string{
	cloneTask:    {"git-source"},
	buildTask:    {"registry-pull"},
	"push-image": {"registry-push"},
	"deploy-app": {"git-push"},
	reportTask:   {"notify-webhook", "git-status"},
}

// judgePod judges a pod that Tekton created for a Task.
func judgePod(verdict *suite.Verdict, settings features, task string, pod *corev1.Pod) {
	verdict.Checked(suite.TektonPodSecurity)
	level := suite.Restricted
	if settings.securityContext == "false" || task == buildTask {
		level = suite.Baseline
	}
	if err := suite.Admit(level, &pod.ObjectMeta, &pod.Spec); err != nil {
		settings.failed(verdict, suite.TektonPodSecurity, task, "%v", err)
	}
	credentials(verdict, settings, task, pod)
	sharedVolume(verdict, settings, task, pod)
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		judgeContainer(verdict, settings, task, &container)
	}
}

func credentials(verdict *suite.Verdict, settings features, task string, pod *corev1.Pod) {
	verdict.Checked(suite.TektonCredentials)
	fail := func(format string, arguments ...any) {
		settings.failed(verdict, suite.TektonCredentials, task, format, arguments...)
	}
	wanted := "release-pipeline"
	if task == reportTask {
		wanted = "release-report"
	}
	if account := pod.Spec.ServiceAccountName; account != wanted {
		fail("runs as the service account %q", account)
	}
	if mounted := pod.Spec.AutomountServiceAccountToken; mounted == nil || *mounted {
		fail("has a token for the cluster")
	}
	var secrets []string
	for _, volume := range pod.Spec.Volumes {
		if volume.Projected != nil {
			fail("has the projected volume %s", volume.Name)
		}
		if volume.Secret == nil {
			continue
		}
		secrets = append(secrets, volume.Secret.SecretName)
		if optional := volume.Secret.Optional; optional == nil || !*optional {
			fail("does not start without the Secret %s", volume.Secret.SecretName)
		}
	}
	if wanted := secretsOf[task]; !slices.Equal(secrets, wanted) {
		fail("sees the Secrets %v, not %v", secrets, wanted)
	}
}

// sharedVolume checks what a Task may change for those after it. A Dockerfile may leave an image, and nothing else.
func sharedVolume(verdict *suite.Verdict, settings features, task string, pod *corev1.Pod) {
	fail := func(format string, arguments ...any) {
		settings.failed(verdict, suite.TektonCredentials, task, format, arguments...)
	}
	shared := map[string]bool{}
	for _, volume := range pod.Spec.Volumes {
		shared[volume.Name] = volume.PersistentVolumeClaim != nil
	}
	for _, container := range pod.Spec.Containers {
		for _, mount := range container.VolumeMounts {
			switch {
			case !shared[mount.Name] || mount.ReadOnly || task == cloneTask:
			case task != buildTask:
				fail("may write to the run's volume")
			case mount.SubPath != "image":
				fail("may write to more of the run's volume than the folder image")
			}
		}
	}
}

// judgeContainer looks for variables that neither Tekton nor, later, the kubelet replaces.
func judgeContainer(verdict *suite.Verdict, settings features, task string, container *corev1.Container) {
	for _, variable := range container.Env {
		if strings.Contains(strings.ReplaceAll(variable.Value, "$$", ""), "$(") {
			settings.failed(verdict, suite.TektonRun, task, "%s keeps a variable in %s=%s", container.Name, variable.Name, variable.Value)
		}
	}
}

// createdStatefulSet is the StatefulSet that keeps a run's volume on one node, if one was created.
func createdStatefulSet(action kubetesting.Action) (*appsv1.StatefulSet, bool) {
	create, ok := action.(kubetesting.CreateAction)
	if !ok {
		return nil, false
	}
	set, ok := create.GetObject().(*appsv1.StatefulSet)
	return set, ok
}
