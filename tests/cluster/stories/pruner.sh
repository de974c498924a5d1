# Tekton Pruner keeps the newest runs, and what is requested is not built again.
/suite/lib/install.sh pruner
new_service
set_up
within 120 synced_and_healthy delivery staging production

step 'the commands of docs/operations.md'
paste --change 's/successfulHistoryLimit: 5/successfulHistoryLimit: 1/' '## Clean up old runs'

step 'of three releases, the run of the newest stays'
for number in 1 2 3; do
  commit=$(change_source "1.0.$number")
  push_release "1.0.$number" "$commit"
  released "1.0.$number" "$commit"
done
within 90 is 1 runs
is Succeeded run_reason "$(run_of 1.0.3 "$commit")" || wrong 'another run stays'

step 'another sync finds it'
paste --change '/^kubectl -n shop-delivery delete/d' '## Retry a release'
sleep 5
within 60 says 'release: 1.0.3 was already requested: PipelineRun' kubectl -n shop-delivery logs job/release-trigger
is 1 runs || wrong "$(runs) runs"
kubectl delete -f /run/pruner.yaml --ignore-not-found > /dev/null 2>&1
