# A quota that has no room for a release: the run waits, its Task says why, and it goes on once there is room.
new_service
set_up
within 120 synced_and_healthy delivery staging production

# allow_tasks NUMBER: applied as an administrator does. Tekton gives every Pod of a Task a deadline, which puts it in
# this scope; the trigger is not, so that a release is still requested.
allow_tasks() {
  git -C "$MANIFESTS" checkout -q "$untouched" -- argocd/namespaces/delivery/quota.yaml
  cat >> "$MANIFESTS/argocd/namespaces/delivery/quota.yaml" << END
---
apiVersion: v1
kind: ResourceQuota
metadata:
  name: tasks
spec:
  hard:
    pods: "$1"
  scopes:
  - Terminating
END
  push_manifests "room for $1 Tasks"
  (cd "$MANIFESTS" && kubectl apply -k argocd > /dev/null)
}
untouched=$(git -C "$MANIFESTS" rev-parse HEAD)

step 'without room for a Task, the table of docs/operations.md shows that it is refused, and by which quota'
allow_tasks 0
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
run=$(run_of 1.0.0 "$commit")
within 120 requested "$run"
within 60 says ExceededResourceQuota kubectl -n shop-delivery get taskruns,pods -l "tekton.dev/pipelineRun=$run"
says 'exceeded quota: tasks, requested: pods=1, used: pods=0, limited: pods=0' kubectl -n shop-delivery describe taskruns

step 'the run waits, rather than fail'
sleep 20
is Running run_reason "$run" || wrong "the run is $(run_reason "$run")"

step 'with room it goes on by itself'
allow_tasks 30
released 1.0.0 "$commit"
is 1 runs || wrong "$(runs) runs"
is 1 deployments || wrong "$(deployments) commits deploy something"
