# docs/how-to/environment.md: an environment comes between two others, gets a release, and goes; the others notice nothing.
new_service
set_up
within 120 synced_and_healthy delivery staging production
cd "$MANIFESTS" || exit
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"
git pull -q
says 'promote shop 1.0.0 from staging to production' treenail promote staging --push --yes
refresh production
within 180 runs_digest production
others() { kubectl get deployments --all-namespaces -l app.kubernetes.io/name=shop -o 'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.uid} {.metadata.generation}{"\n"}{end}' | grep -v '^shop-qa '; }
before=$(others)

step 'it is added, and runs nothing yet'
treenail upgrade --set environments=staging,qa,production --yes > "$WORK/report" 2>&1
says 'environments: staging,production -> staging,qa,production' cat "$WORK/report"
says 'added    Application (argoproj.io) `argocd/shop-qa` in argocd/qa.yaml' cat "$WORK/report"
git push -q
kubectl apply -k argocd > /dev/null
within 120 at_head qa
within 60 synced_and_healthy staging production
is '' kubectl -n shop-qa get deployments -o name || wrong 'it has a Deployment'

step 'it gets the Secret for the image, and the release of the environment before it'
paste --change 's/ in shop-staging .*;/ in shop-qa;/' '*Pull a private image*' puller pull-token
says 'promote shop 1.0.0 from staging to qa' treenail promote staging --push --yes
within 180 runs_digest qa
is 'version 1.0.0, user 1000' answer qa || wrong "qa answers '$(answer qa)'"

step 'its removal is refused as long as nobody says that it may stop'
! treenail upgrade --set environments=staging,production --yes > "$WORK/report" 2>&1 || wrong 'it is not'
says 'the upgrade would stop a workload that runs; nothing was written' cat "$WORK/report"
says 'if you want that, pass --allow-downtime' cat "$WORK/report"
is '' git status --porcelain || wrong "something was written: $(git status --porcelain)"

step 'after the push Argo CD refuses to delete everything, and says so'
treenail upgrade --set environments=staging,production --yes --allow-downtime > "$WORK/report" 2>&1
says 'removed  Application (argoproj.io) `argocd/shop-qa` from argocd/qa.yaml; pruned if Argo CD syncs this folder; otherwise delete it yourself' cat "$WORK/report"
says 'deploy/overlays/qa/image/kustomization.yaml: you edited it, and the scaffold no longer has it' cat "$WORK/report"
git push -q
qa_says() { refresh qa && application qa conditions; }
within 120 says 'auto-sync will wipe out all resources' qa_says
is 'version 1.0.0, user 1000' answer qa || wrong "qa answers '$(answer qa)'"

step 'nor does it find the folder once the image file is removed, too'
git rm -q deploy/overlays/qa/image/kustomization.yaml
push_manifests 'no more qa'
within 120 says 'deploy/overlays/qa: app path does not exist' qa_says
is 'version 1.0.0, user 1000' answer qa || wrong "qa answers '$(answer qa)'"

step 'three commands later nothing is left of it'
kubectl -n argocd delete application shop-qa > /dev/null
kubectl apply -k argocd > /dev/null
kubectl delete namespace shop-qa --timeout=120s > /dev/null
is '' kubectl get application,appproject,namespace --all-namespaces -o name --field-selector=metadata.name=shop-qa || wrong 'an object is left'
! kubectl -n argocd get appproject shop -o yaml | grep 'namespace: shop-qa' || wrong 'the project still allows it'
! git ls-files | grep qa || wrong 'a file is left'

step 'the others noticed nothing'
within 120 synced_and_healthy delivery staging production
is "$before" others || wrong "they are others than before: $(others)"
is 1 runs || wrong "$(runs) runs"
