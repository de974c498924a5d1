# Argo Rollouts gives a release a growing share of the Pods; the first release gets all of them at once.
/suite/lib/install.sh rollouts
new_service --set strategy=canary --set replicas=3
set_up

step 'before the first release all Applications are Synced and Healthy, and nothing runs'
within 120 synced_and_healthy delivery staging production
is '' pods_images staging || wrong "staging runs $(pods_images staging)"

step 'the first release serves at once'
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
ended "$(run_of 1.0.0 "$commit")" Succeeded
within 180 says Healthy rollout_phase
within 60 is 'version 1.0.0, user 1000' answer staging

step 'the second waits at one Pod of four, and Argo CD says so'
commit=$(change_source 1.1.0)
push_release 1.1.0 "$commit"
ended "$(run_of 1.1.0 "$commit")" Succeeded
within 180 says Paused rollout_phase
is 1 kubectl -n shop-staging get rollout shop -o 'jsonpath={.status.updatedReplicas}' || wrong 'not one Pod is new'
within 60 is Suspended application staging health.status

step 'the rest follows when somebody promotes it'
kubectl argo rollouts -n shop-staging promote shop --full > /dev/null
within 120 says Healthy rollout_phase
within 30 is 'version 1.1.0, user 1000' answer staging
within 60 synced_and_healthy staging

step 'a revert returns to the first release without steps'
git -C "$MANIFESTS" pull -q
git -C "$MANIFESTS" revert --no-edit HEAD > /dev/null
git -C "$MANIFESTS" push -q
within 120 is 'version 1.0.0, user 1000' answer_of staging
within 60 says Healthy rollout_phase
