# Pod Security: with Tekton's security contexts, only the Pod of the build violates `restricted`, and only where that is allowed.
new_service
set_up
within 120 synced_and_healthy delivery staging production
# It is a setting of the whole cluster.
trap 'kubectl -n tekton-pipelines patch configmap feature-flags --type merge -p "{\"data\":{\"set-security-context\":\"false\"}}" > /dev/null' EXIT

# violations SINCE: what the audit log has against the namespace of the pipeline.
violations() {
  { grep -h audit-violations /var/log/cluster/audit*.log || true; } | jq -r --arg since "$1" 'select(.requestReceivedTimestamp >= $since and .objectRef.namespace == "shop-delivery" and
    .annotations["pod-security.kubernetes.io/audit-violations"]) | "\(.objectRef.resource)/\(.objectRef.name)"' | sort -u
}
now() { date -u +%FT%TZ; }

step 'without them, other Pods of a release are in the audit log, too'
since=$(now) commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"
run=$(run_of 1.0.0 "$commit")
for task in clone-repo build-image push-image deploy-app report; do says "pods/$run-$task-pod" violations "$since"; done

step 'with the setting of docs/setup.md, the Pod of the build alone is'
paste 'All other Pods meet'
since=$(now) commit=$(change_source 1.1.0)
push_release 1.1.0 "$commit"
released 1.1.0 "$commit"
is "pods/$(run_of 1.1.0 "$commit")-build-image-pod" violations "$since" || wrong "the audit log has $(violations "$since")"

step 'environments take what meets `restricted`, the pipeline what meets `baseline`'
privileged() { kubectl -n "$1" run privileged --image=localhost/pause:1 --privileged --dry-run=server; }
for environment in staging production; do says 'violates PodSecurity "restricted:latest"' privileged "shop-$environment"; done
says 'violates PodSecurity "baseline:latest": privileged' privileged shop-delivery
says 'violates PodSecurity "restricted:latest"' kubectl -n shop-staging run usual --image=localhost/pause:1 --dry-run=server
says 'pod/usual created (server dry run)' kubectl -n shop-delivery run usual --image=localhost/pause:1 --dry-run=server
