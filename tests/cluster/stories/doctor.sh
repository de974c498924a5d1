# `treenail doctor` finds each fault of the cluster by its name, and nothing once it is mended.
new_service
set_up
within 120 synced_and_healthy delivery staging production
cd "$MANIFESTS" || exit

setting() { kubectl -n "$1" patch configmap "$2" --type merge -p "{\"data\":{\"$3\":$4}}" > /dev/null; }
label() { kubectl -n "$1" label --overwrite deployment "$2" "app.kubernetes.io/version=$3" > /dev/null; }
scale() { kubectl -n "$1" scale deployment "$2" "--replicas=$3" > /dev/null && within 90 is "${4-$3}" kubectl -n "$1" get deployment "$2" -o 'jsonpath={.status.replicas}'; }
may_dev() { sed -i "s,\\(dev dev-token .*\\)acme/shop-gitops=[rw-]*,\\1acme/shop-gitops=$1," /srv/git/users; }
kubelet_again() { /suite/lib/start.sh stop kubelet && SECCOMP_DEFAULT=$1 /suite/lib/start.sh node; }

examined() { treenail doctor --only "$1" > "$WORK/said" 2>&1 || true; cat "$WORK/said"; }
found() { examined "$1" | grep -qE "^(error|warning) $1: "; }
nothing_found() { ! examined "$1" | grep -E '^(error|warning|unknown) '; }

# A second node, of which there is nothing but the object: another architecture, and a distribution with AppArmor.
node_elsewhere() {
  kubectl create -f - > /dev/null << 'END'
{apiVersion: v1, kind: Node, metadata: {name: elsewhere}, spec: {unschedulable: true}}
END
  kubectl patch node elsewhere --subresource=status --type merge \
    -p '{"status":{"nodeInfo":{"architecture":"arm64","operatingSystem":"linux","osImage":"Ubuntu 24.04.1 LTS"}}}' > /dev/null
}
# By itself, a cluster of two nodes spreads nothing.
spread_over_two() { node_elsewhere && setting tekton-pipelines feature-flags coschedule '"disabled"'; }
spread_no_more() { kubectl delete node elsewhere > /dev/null && setting tekton-pipelines feature-flags coschedule '"workspaces"'; }

subscribe() {
  sed -i 's,^metadata:,&\n  annotations:\n    notifications.argoproj.io/subscribe.on-sync-failed.slack: shop,' argocd/staging.yaml
  git commit -q -a -m 'staging: tell of a sync that fails'
}

# fault CHECK BREAK MEND: two commands.
fault() {
  STEP="the fault of $1"
  mend=$3
  eval "$2"
  within 90 found "$1"
  printf '   found %s\n' "$(grep -E "^(error|warning) $1: " "$WORK/said")"
  eval "$3"
  mend=:
  within 120 nothing_found "$1"
}

step 'nothing is wrong in this cluster, but for a setting that docs/setup.md names'
setting tekton-pipelines feature-flags set-security-context '"true"'
# Whatever ends the story, the cluster is as before.
mend=:
trap 'eval "$mend"; setting tekton-pipelines feature-flags set-security-context "\"false\""' EXIT
treenail doctor > "$WORK/said" 2>&1 || wrong "$(cat "$WORK/said")"
! grep -E '^(error|warning|unknown) ' "$WORK/said" || wrong "$(cat "$WORK/said")"

step 'each fault is found'
fault argocd-version 'label argocd argocd-server v3.1.0; label argocd argocd-repo-server v3.1.0; kubectl -n argocd label --overwrite statefulset argocd-application-controller app.kubernetes.io/version=v3.1.0 > /dev/null' \
  'kubectl -n argocd label deployment argocd-server argocd-repo-server app.kubernetes.io/version- > /dev/null; kubectl -n argocd label statefulset argocd-application-controller app.kubernetes.io/version- > /dev/null'
fault argocd-running 'scale argocd argocd-repo-server 0 ""' 'scale argocd argocd-repo-server 1'
fault argocd-tracking "setting argocd argocd-cm application.resourceTrackingMethod '\"label\"'" "setting argocd argocd-cm application.resourceTrackingMethod null"
fault argocd-exclusions "setting argocd argocd-cm resource.exclusions '\"- apiGroups: [tekton.dev]\\n  kinds: [Task]\\n\"'" "setting argocd argocd-cm resource.exclusions null"
fault tekton-version 'label tekton-pipelines tekton-pipelines-controller v1.9.0' 'label tekton-pipelines tekton-pipelines-controller "$TEKTON"'
fault tekton-running 'scale tekton-pipelines tekton-pipelines-webhook 0 ""' 'scale tekton-pipelines tekton-pipelines-webhook 1'
fault tekton-security-context "setting tekton-pipelines feature-flags set-security-context '\"false\"'" "setting tekton-pipelines feature-flags set-security-context '\"true\"'"
fault storage-class 'kubectl annotate --overwrite storageclass local-path storageclass.kubernetes.io/is-default-class=false > /dev/null' \
  'kubectl annotate --overwrite storageclass local-path storageclass.kubernetes.io/is-default-class=true > /dev/null'
fault tekton-coschedule spread_over_two spread_no_more
fault node-architecture node_elsewhere 'kubectl delete node elsewhere > /dev/null'
fault node-user-namespaces node_elsewhere 'kubectl delete node elsewhere > /dev/null'
fault node-seccomp 'kubelet_again true' 'kubelet_again false'
fault repository-read 'may_dev -' 'may_dev rw'
fault repository-push 'may_dev r' 'may_dev rw'
fault applied 'kubectl -n argocd patch appproject shop --type merge -p "{\"spec\":{\"description\":\"changed by hand\"}}" > /dev/null' 'kubectl apply -k argocd > /dev/null'
fault secrets 'kubectl -n shop-delivery delete secret git-push > /dev/null' "paste '*Push to this repository*' bot bot-token"
fault pod-security 'kubectl label --overwrite namespace shop-delivery pod-security.kubernetes.io/enforce=restricted > /dev/null 2>&1' 'kubectl label --overwrite namespace shop-delivery pod-security.kubernetes.io/enforce=baseline > /dev/null'
fault argocd-notifications subscribe 'git reset -q --hard HEAD^'
fault argocd-known-hosts "treenail upgrade --quiet --yes --set manifest-repo=git@$GIT_HOST:acme/shop-gitops.git" 'git reset -q --hard HEAD^'
fault kinds 'treenail upgrade --quiet --yes --set strategy=canary' 'git reset -q --hard HEAD^'
fault rollouts 'treenail upgrade --quiet --yes --set strategy=canary' 'git reset -q --hard HEAD^'

step 'a policy that refuses an object'
kubectl apply -f - > /dev/null << 'END'
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-services}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [services]}]}
  validations: [{expression: "false", message: no Services here}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-services}
spec: {policyName: no-services, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop-staging}}}}
END
within 60 found dry-run
grep -q 'no Services here' "$WORK/said" || wrong "$(cat "$WORK/said")"
kubectl delete validatingadmissionpolicybinding,validatingadmissionpolicy no-services > /dev/null
within 60 nothing_found dry-run

step 'manifests that cannot be rendered, and a build that fails'
echo '- missing.yaml' >> deploy/base/kustomization.yaml
push_manifests 'a file that does not exist'
broken() { refresh staging && found drift; }
within 120 broken
git revert --no-edit HEAD > /dev/null
git push -q
mended() { refresh staging && nothing_found drift; }
within 120 mended
commit=$(change_source 1.0.0 "echo 'RUN exit 3' >> Dockerfile")
push_release 1.0.0 "$commit"
ended "$(run_of 1.0.0 "$commit")" Failed
found last-run || wrong "$(cat "$WORK/said")"
grep -q build-image "$WORK/said" || wrong "$(cat "$WORK/said")"

step 'a branch that refuses the push of the pipeline'
cat > /srv/git/acme/shop-gitops.git/hooks/pre-receive << 'END'
#!/bin/sh
[ "$REMOTE_USER" = bot ] || exit 0
echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2
exit 1
END
chmod +x /srv/git/acme/shop-gitops.git/hooks/pre-receive
commit=$(change_source 1.1.0 "sed -i '/^RUN exit 3$/d' Dockerfile")
push_release 1.1.0 "$commit"
ended "$(run_of 1.1.0 "$commit")" Failed
found branch-protection || wrong "$(cat "$WORK/said")"
