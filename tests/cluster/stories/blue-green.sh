# Argo Rollouts starts a release beside the old one: it is reachable before it serves, and nobody notices the switch.
/suite/lib/install.sh rollouts
new_service --set strategy=blue-green
set_up

step 'before the first release all Applications are Synced and Healthy, and nothing runs'
within 120 synced_and_healthy delivery staging production
is '' pods_images staging || wrong "staging runs $(pods_images staging)"

step 'the first release serves as soon as it is ready'
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
ended "$(run_of 1.0.0 "$commit")" Succeeded
within 180 is 'version 1.0.0, user 1000' answer_of staging
within 60 says Healthy rollout_phase
mapfile -t old < <(kubectl -n shop-staging get pods -l app.kubernetes.io/name=shop -o name)

# What the two Services answer, several times a second, until the file is gone.
address() { kubectl -n shop-staging get service "$1" -o 'jsonpath={.spec.clusterIP}'; }
ask() { curl -sS --max-time 3 "http://$1/" 2>&1 || true; }
watch_services() {
  local active preview
  active=$(address shop) preview=$(address shop-preview)
  while [ -e "$WORK/watching" ]; do
    printf 'preview: %s; active: %s\n' "$(ask "$preview")" "$(ask "$active")"
    sleep 0.2
  done
}
touch "$WORK/watching"
watch_services > "$WORK/answers" &

step 'the second answers at shop-preview while the first still serves, and then serves'
commit=$(change_source 1.1.0)
push_release 1.1.0 "$commit"
ended "$(run_of 1.1.0 "$commit")" Succeeded
within 180 is 'version 1.1.0, user 1000' answer_of staging
grep -qx 'preview: version 1.1.0, user 1000; active: version 1.0.0, user 1000' "$WORK/answers" ||
  wrong "shop-preview did not answer first: $(uniq -c "$WORK/answers")"
within 60 says Healthy rollout_phase
within 60 synced_and_healthy staging

step 'a rollback returns to the Pods of the first at once, and takes the request back'
git -C "$MANIFESTS" pull -q
(cd "$MANIFESTS" && treenail rollback staging --push --yes) > "$WORK/said" 2>&1
says 'roll shop back in staging from 1.1.0 to 1.0.0' cat "$WORK/said"
says 'note: this empties `delivery/release/release.env` as well' cat "$WORK/said"
within 120 is 'version 1.0.0, user 1000' answer_of staging
kubectl -n shop-staging get "${old[@]}" > /dev/null || wrong 'the Pods of the first release are gone'
within 60 says Healthy rollout_phase
trigger_log() { refresh delivery && kubectl -n shop-delivery logs job/release-trigger; }
within 60 says 'release: no release requested yet' trigger_log
is 2 runs || wrong "$(runs) runs"

step 'the Service answered all the time'
rm "$WORK/watching"
wait
! grep -vE 'active: version 1\.[01]\.0, user 1000$' "$WORK/answers" || wrong 'it did not'
