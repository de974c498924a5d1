# Answers that `treenail upgrade` changes reach the cluster with the next push.
new_service
set_up
within 120 synced_and_healthy delivery staging production
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"

step 'more replicas and memory'
git -C "$MANIFESTS" pull -q
(cd "$MANIFESTS" && treenail upgrade --quiet --set replicas=3 --set memory=128Mi && git push -q)
refresh staging
within 120 is 3 kubectl -n shop-staging get deployment shop -o 'jsonpath={.status.readyReplicas}'
is 128Mi kubectl -n shop-staging get deployment shop -o 'jsonpath={.spec.template.spec.containers[0].resources.limits.memory}'

step 'one more environment'
(cd "$MANIFESTS" && treenail upgrade --quiet --set environments=staging,qa,production && git push -q && kubectl apply -k argocd > /dev/null)
refresh qa staging production
within 120 synced_and_healthy qa staging production
namespace_exists shop-qa > /dev/null

step 'an image for the tests: a failing test ends a release before the build'
(cd "$MANIFESTS" && treenail upgrade --quiet --set test-image=registry.example.test/library/tests:1 --set test-command='cat version; test -e good-tests' && git push -q)
name_look_alikes
commit=$(change_source 1.1.0)
push_release 1.1.0 "$commit"
run=$(run_of 1.1.0 "$commit")
ended "$run" Failed
says '1.1.0' task_log "$run" run-tests
is '' task_log "$run" build-image || wrong 'the image is built'

step 'a test that passes'
commit=$(change_source 1.2.0 'touch good-tests')
push_release 1.2.0 "$commit"
released 1.2.0 "$commit"
