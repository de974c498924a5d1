# Tekton's webhook is away for four minutes while a release is pushed: afterwards the release is requested by itself.
new_service
set_up
within 120 synced_and_healthy delivery staging production

step 'the sync fails as long as nothing can be applied, and says so'
kubectl -n tekton-pipelines scale deployment tekton-pipelines-webhook --replicas=0 > /dev/null
within 60 is '' kubectl -n tekton-pipelines get pods -l app=tekton-pipelines-webhook -o name
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
away=$SECONDS
within 120 says 'failed calling webhook' application delivery operationState.message
sleep $((240 - SECONDS + away))

step 'it goes on once the webhook is back'
kubectl -n tekton-pipelines scale deployment tekton-pipelines-webhook --replicas=1 > /dev/null
kubectl -n tekton-pipelines rollout status deployment tekton-pipelines-webhook > /dev/null
within 150 kubectl -n shop-delivery get pipelinerun "$(run_of 1.0.0 "$commit")"
released 1.0.0 "$commit"
is 1 runs || wrong "$(runs) runs"
