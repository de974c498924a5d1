package tekton

import (
	"context"
	"slices"
	"strings"
	"testing"

	"conformance/suite"

	"github.com/tektoncd/pipeline/pkg/apis/config"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/reconciler/pipelinerun"
	"github.com/tektoncd/pipeline/pkg/reconciler/taskrun"
	reconcilertesting "github.com/tektoncd/pipeline/pkg/reconciler/testing"
	"github.com/tektoncd/pipeline/test"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	kubetesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"
	"k8s.io/utils/clock"
	cminformer "knative.dev/pkg/configmap/informer"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"
	"knative.dev/pkg/reconciler"
	"knative.dev/pkg/system"

	// The fakes that the reconcilers find in their context.
	_ "github.com/tektoncd/pipeline/pkg/pipelinerunmetrics/fake"
	_ "github.com/tektoncd/pipeline/pkg/taskrunmetrics/fake"
	_ "knative.dev/pkg/system/testing"
)

// features are the settings of a Tekton installation that change the pods it makes.
type features struct {
	securityContext, coschedule string
}

// installations are the settings that a release must work with: Tekton's defaults, and each way to place pods together
// with the setting that makes Tekton's own containers `restricted`.
var installations = []features{
	{"false", "workspaces"},
	{"true", "workspaces"},
	{"true", "disabled"},
	{"true", "pipelineruns"},
	{"true", "isolate-pipelinerun"},
}

// cluster is a fake one in which Tekton runs.
type cluster struct {
	ctx          context.Context
	clients      test.Clients
	pipelineRuns *controller.Impl
	taskRuns     *controller.Impl
}

// start installs Tekton with a release that has been requested.
func start(t *testing.T, found *delivery, settings features) *cluster {
	t.Helper()
	ctx, _ := reconcilertesting.SetupFakeContext(t)
	// Otherwise each failure is lost in the controllers' log.
	ctx = logging.WithLogger(ctx, zap.NewNop().Sugar())
	ctx, cancel := context.WithCancel(ctx)
	t.Cleanup(cancel)
	namespace := found.run.Namespace
	accounts := []string{found.run.Spec.TaskRunTemplate.ServiceAccountName}
	for _, task := range found.run.Spec.TaskRunSpecs {
		if task.ServiceAccountName != "" {
			accounts = append(accounts, task.ServiceAccountName)
		}
	}
	data := test.Data{
		Pipelines:    []*v1.Pipeline{found.pipeline.DeepCopy()},
		PipelineRuns: []*v1.PipelineRun{found.run.DeepCopy()},
		ConfigMaps: []*corev1.ConfigMap{{
			ObjectMeta: metav1.ObjectMeta{Name: config.GetFeatureFlagsConfigName(), Namespace: system.Namespace()},
			Data:       map[string]string{"set-security-context": settings.securityContext, "coschedule": settings.coschedule},
		}},
	}
	for _, name := range accounts {
		data.ServiceAccounts = append(data.ServiceAccounts, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}})
	}
	for _, task := range found.tasks {
		data.Tasks = append(data.Tasks, task.DeepCopy())
	}
	test.EnsureConfigurationConfigMapsExist(&data)
	clients, _ := test.SeedTestData(t, ctx, data)
	keepDeletedClaims(clients.Kube)
	options := pipeline.Options{Images: pipeline.Images{
		EntrypointImage: "entrypoint:1", NopImage: "nop:1", ShellImage: "shell:1", ShellImageWin: "shell-win:1",
		WorkingDirInitImage: "workingdirinit:1", SidecarLogResultsImage: "sidecarlogresults:1",
	}}
	watcher := cminformer.NewInformedWatcher(clients.Kube, system.Namespace())
	started := &cluster{
		ctx: ctx, clients: clients,
		pipelineRuns: pipelinerun.NewController(&options, clock.RealClock{})(ctx, watcher),
		taskRuns:     taskrun.NewController(&options, clock.RealClock{})(ctx, watcher),
	}
	lead(t, started.pipelineRuns, started.taskRuns)
	if err := watcher.Start(ctx.Done()); err != nil {
		t.Fatal(err)
	}
	return started
}

// keepDeletedClaims makes the fake API server treat a deleted claim with a finalizer like the real one: it can still be
// patched.
func keepDeletedClaims(client *fake.Clientset) {
	client.PrependReactor("patch", "persistentvolumeclaims", func(kubetesting.Action) (bool, runtime.Object, error) {
		return true, &corev1.PersistentVolumeClaim{}, nil
	})
}

// lead makes the controllers the leaders for every key.
func lead(t *testing.T, controllers ...*controller.Impl) {
	t.Helper()
	for _, one := range controllers {
		aware, ok := one.Reconciler.(reconciler.LeaderAware)
		if !ok {
			continue
		}
		if err := aware.Promote(reconciler.UniversalBucket(), func(reconciler.Bucket, types.NamespacedName) {}); err != nil {
			t.Fatal(err)
		}
	}
}

// reconcile runs a controller once on an object. A request to requeue is not an error.
func (c *cluster) reconcile(by *controller.Impl, namespace, name string) error {
	err := by.Reconciler.Reconcile(c.ctx, namespace+"/"+name)
	if again, _ := controller.IsRequeueKey(err); again {
		return nil
	}
	return err
}

// did reports whether a request reached the cluster.
func (c *cluster) did(verb, resource string) bool {
	return slices.ContainsFunc(c.clients.Kube.Actions(), func(action kubetesting.Action) bool {
		return action.GetVerb() == verb && action.GetResource().Resource == resource
	})
}

// warnings are the events that tell a user of a failure.
func (c *cluster) warnings() []string {
	recorder, ok := controller.GetEventRecorder(c.ctx).(*record.FakeRecorder)
	if !ok {
		return []string{"the events cannot be read"}
	}
	var found []string
	for {
		select {
		case event := <-recorder.Events:
			if strings.HasPrefix(event, corev1.EventTypeWarning) {
				found = append(found, event)
			}
		default:
			return found
		}
	}
}

// failed records a finding about a run with these settings.
func (f features) failed(verdict *suite.Verdict, property suite.Property, where, format string, arguments ...any) {
	where += " (set-security-context=" + f.securityContext + ", coschedule=" + f.coschedule + ")"
	verdict.Fail(property, where, format, arguments...)
}
