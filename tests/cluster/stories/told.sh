# A sync that fails is reported by the hook for it, which starts nothing; one that Argo CD refuses, by Argo CD alone.
new_service
set_up
within 120 synced_and_healthy delivery staging production
take_reports

# hook_says TEXT: the log of the hook, which is a new one for each attempt.
hook_says() { kubectl -n shop-delivery logs job/sync-failed | grep -F -e "$1"; }

step 'a release that the trigger refuses: the hook says what was wanted and where to look'
push_release V1 "$(git -C "$SOURCE" rev-parse HEAD)"
within 120 hook_says 'asks for release V1 of commit'
says 'kubectl -n shop-delivery logs job/release-trigger' kubectl -n shop-delivery logs job/sync-failed
is 0 runs || wrong 'a run exists'

step 'its command shows why'
command=$(kubectl -n shop-delivery logs job/sync-failed | sed -n 's/^sync-failed: why: //p')
within 60 says release-trigger bash -c "$command"

step 'an object that the API server refuses'
cat > "$MANIFESTS/delivery/refused.yaml" << 'END'
apiVersion: v1
kind: ConfigMap
metadata:
  name: refused
data:
  not/a/key: ""
END
echo '- refused.yaml' >> "$MANIFESTS/delivery/kustomization.yaml"
push_manifests 'a key that no ConfigMap has'
push_release 1.0.0 "$(git -C "$SOURCE" rev-parse HEAD)"
within 180 hook_says 'asks for release 1.0.0 of commit'
is 0 runs || wrong 'a run exists'

step 'a commit that cannot be rendered runs no hook: Argo CD says so'
echo '- missing.yaml' >> "$MANIFESTS/delivery/kustomization.yaml"
push_manifests 'a file that does not exist'
unknown() { refresh delivery && is Unknown application delivery sync.status; }
within 120 unknown

step 'with all of it fixed, the release runs and its report says so'
[ ! -s "$WORK/reports" ] || wrong "the webhook got $(cat "$WORK/reports")"
git -C "$MANIFESTS" rm -q --force delivery/refused.yaml
sed -i '/^- refused.yaml$/d; /^- missing.yaml$/d' "$MANIFESTS/delivery/kustomization.yaml"
push_manifests 'without what cannot be applied'
commit=$(git -C "$SOURCE" rev-parse HEAD)
released 1.0.0 "$commit"
says 'report: shop 1.0.0: succeeded' task_log "$(run_of 1.0.0 "$commit")" report
reported '"shop 1.0.0: succeeded."' || wrong "the webhook got $(cat "$WORK/reports")"
