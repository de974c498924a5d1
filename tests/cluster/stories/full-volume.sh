# The volume of a run is full: the log says so, and a larger one, by the answer that it names, is enough.
new_service
set_up
within 120 synced_and_healthy delivery staging production
run=$(run_of 1.0.0 "$(git -C "$SOURCE" rev-parse HEAD)")

# small_volume MEBIBYTES: a volume that claims to have 4Gi, so that the next run gets it rather than one that is made for it.
small_volume() {
  local name
  name=small-$((number += 1))
  mkdir -p "/srv/volumes/$name"
  mount -t tmpfs -o "size=${1}m,mode=0777" "$name" "/srv/volumes/$name"
  kubectl apply -f - > /dev/null << END
apiVersion: v1
kind: PersistentVolume
metadata: {name: $name, labels: {story: full-volume}}
spec:
  capacity: {storage: 4Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: local-path
  local: {path: /srv/volumes/$name}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node]}]}]}}
END
  within 30 is Available phase "$name"
}
phase() { kubectl get persistentvolume "$1" -o 'jsonpath={.status.phase}'; }
remove_volumes() {
  kubectl delete persistentvolumes -l story=full-volume --wait=false > /dev/null || true
  umount -l /srv/volumes/small-* || true
  rmdir /srv/volumes/small-* || true
}
number=0
trap remove_volumes EXIT

step 'the source does not fit'
small_volume 2
push_release 1.0.0 "$(git -C "$SOURCE" rev-parse HEAD)"
ended "$run" Failed
says 'No space left on device' task_log "$run" clone-repo
says 'clone-repo: the volume is full: raise the answer workspace-size' task_log "$run" clone-repo
within 60 is Released phase small-1

step 'the source fits, and the image does not'
git clone -q --depth 1 file:///srv/git/acme/shop.git "$WORK/clone"
small_volume $(($(du -sm "$WORK/clone" | cut -f 1) + 1))
retry_release "$run"
ended "$run" Failed
says 'clone-repo: fetched' task_log "$run" clone-repo
says 'build-image: could not write the image to the volume: if it is full, raise the answer workspace-size' task_log "$run" build-image
says 'no space left on device' task_log "$run" build-image
within 60 is Released phase small-2

step 'with that answer, the same release succeeds'
small_volume 2
(cd "$MANIFESTS" && git pull -q && treenail upgrade --quiet --yes --set workspace-size=5Gi && git push -q)
within 120 at_head delivery
retry_release "$run"
released 1.0.0 "$(git -C "$SOURCE" rev-parse HEAD)"
is Available phase small-3 || wrong "the small volume is $(phase small-3)"

step 'a build that takes more of the disk of its node than it may is stopped'
(cd "$MANIFESTS" && git pull -q && treenail upgrade --quiet --yes --set task-storage=300Mi && git push -q && kubectl apply -k argocd > /dev/null)
within 120 at_head delivery
commit=$(change_source 1.1.0 "sed -i 's/^USER/RUN head -c 400000000 \/dev\/zero > \/data\/large \&\& sleep 60\nUSER/' Dockerfile")
push_release 1.1.0 "$commit"
run=$(run_of 1.1.0 "$commit")
ended "$run" Failed
says 'exceeds' kubectl -n shop-delivery get taskruns -l "tekton.dev/pipelineRun=$run" -o 'jsonpath={.items[*].status.conditions[0].message}'
says 'if its Pod was evicted, raise the answer task-storage' task_log "$run" report
