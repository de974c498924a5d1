# Argo CD undoes what is changed in an environment, for every kind of object that is generated.
new_service
set_up
within 120 synced_and_healthy delivery staging production
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"

step 'an image that somebody sets'
kubectl -n shop-staging set image deployment/shop "*=$REGISTRY_HOST/library/base:1" > /dev/null
within 60 runs_digest staging

step 'replicas that somebody changes'
kubectl -n shop-staging scale deployment shop --replicas=1 > /dev/null
within 60 is 2 kubectl -n shop-staging get deployment shop -o 'jsonpath={.spec.replicas}'

step 'every object that is deleted'
# All at once: after every repair, Argo CD waits three times as long as before the one before.
declare -A deleted
for object in $(managed_objects staging); do deleted[$object]=$(uid shop-staging "$object"); done
kubectl -n shop-staging delete "${!deleted[@]}" --wait=false > /dev/null
for object in "${!deleted[@]}"; do within 120 is_another "${deleted[$object]}" shop-staging "$object"; done
within 120 synced_and_healthy delivery staging production

step 'nothing was built for that'
is 1 runs || wrong "$(runs) runs"
