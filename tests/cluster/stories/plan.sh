# What `treenail plan` says of each kind of change, legal or not, is what Argo CD, Tekton and Kubernetes then do.
COMPARE=/suite/lib/plan/compare.py
# What was planned and what was seen, by the number of the change, to compare again: compare.py compare plan.json ...
KEPT=/var/log/cluster/plan
STAGING=deploy/overlays/staging/settings PRODUCTION=deploy/overlays/production/settings
CHANGES=0 DIFFERENCES=0 AT=0
rm -rf "$KEPT"

# change KIND...: names what is edited next.
change() {
  local all
  printf -v all '%s; ' "$@"
  step "${all%; }"
  CHANGES=$((CHANGES + $#))
  next_folder
}
next_folder() {
  AT=$((AT + 1))
  NOW=$KEPT/$(printf %02d "$AT")
  mkdir -p "$NOW"
  printf '%s\n' "${STEP:-set-up}" > "$NOW/change"
}

# edit FILE SED: fails if that changes nothing.
edit() {
  cp "$1" "$WORK/edited"
  sed -i -E "$2" "$1"
  ! cmp -s "$1" "$WORK/edited" || wrong "nothing to edit in $1 with $2"
}

# Commits the edits, unless treenail did, and plans everything since what the cluster has.
foresee() {
  git add --all
  git diff --cached --quiet || git commit -q -m "$STEP"
  treenail plan "$GOOD..HEAD" --json > "$NOW/plan.json"
}

push() {
  SINCE=$(date -u +%FT%TZ)
  git push -q
}

# rest [--succeeds] [--dropped APPLICATION]: waits until the cluster has done what it does with the commit; what it has
# then is in AFTER.
rest() {
  AFTER=$NOW/after.json
  [ ! -e "$AFTER" ] || AFTER=$NOW/after-2.json
  python3 "$COMPARE" snapshot --head "$(git rev-parse HEAD)" --since "$SINCE" --patience $((150 * ${PATIENCE:-100} / 100)) "$@" \
    > "$AFTER" 2> "$WORK/last" || differ "$(cat "$WORK/last")"
}

differ() {
  printf '   DIFFERS %s\n' "$1"
  DIFFERENCES=$((DIFFERENCES + 1))
}

# compare [FLAG...]: what happened between BEFORE and AFTER with the plan.
compare() {
  local line
  python3 "$COMPARE" compare "$NOW/plan.json" "$BEFORE" "$AFTER" "$@" > "$NOW/compared" 2>&1 || true
  printf '%s\n' "$BEFORE $AFTER $*" >> "$NOW/change"
  { printf '== %s\n' "$NOW: $STEP" && cat "$NOW/compared"; } >> "$WORK/terminal"
  grep -q ' objects compared, ' "$NOW/compared" || wrong "$(cat "$NOW/compared")"
  while read -r line; do differ "$line"; done < <(sed -n 's/^difference: //p' "$NOW/compared")
  STEP="${STEP%%: [0-9]*}: $(tail -n 1 "$NOW/compared")"
}

# What the next change starts from.
arrive() {
  GOOD=$(git rev-parse HEAD)
  BEFORE=$AFTER
}

# merge: what is edited is committed, planned, pushed, and compared with what the cluster does.
merge() {
  foresee
  push
  rest
  compare
  arrive
}

# merge_by_hand: the same for a change that nobody but a person applies: by itself, nothing happens.
merge_by_hand() {
  foresee
  push
  rest
  compare
  kubectl apply -k argocd > /dev/null
  SINCE=$(date -u +%FT%TZ)
  sleep 3
  rest
  compare --applied
  arrive
}

# merge_refused [--dropped APPLICATION]: the same for a change that fails. It is taken back, and the cluster is as before: a
# plan compares with what the cluster has, which is not the commit that failed.
merge_refused() {
  foresee
  push
  rest "$@"
  compare
  step "taken back: ${STEP%%: [0-9]*}"
  next_folder
  git read-tree -u --reset "$GOOD"
  foresee
  push
  rest --succeeds
  compare --reverted
  arrive
}

# merge_release TAG COMMIT: the request is planned to its end, then the pipeline's own commit.
merge_release() {
  local start=$BEFORE requested
  foresee
  push
  rest
  compare
  requested=$AFTER GOOD=$(git rev-parse HEAD)
  ended "$(run_of "$1" "$2")" Succeeded
  git pull -q --rebase
  git diff --name-only "$GOOD" HEAD > "$WORK/followed"
  rest
  BEFORE=$start
  compare --followed "$WORK/followed"
  step "the commit of the pipeline: the image of $1"
  CHANGES=$((CHANGES + 1))
  next_folder
  foresee
  cp "$AFTER" "$NOW/after.json"
  BEFORE=$requested AFTER=$NOW/after.json
  compare
  arrive
}

# With one base for all environments, an edit of it changes both.
new_service --set promotion=image
set_up
within 120 synced_and_healthy delivery staging production
cd "$MANIFESTS" || exit
git pull -q
next_folder
SINCE=$(date -u +%FT%TZ)
rest --succeeds
arrive

change 'a first release'
commit=$(git -C "$SOURCE" rev-parse HEAD)
treenail release 1.0.0 --revision "$commit" >> "$WORK/terminal" 2>&1
merge_release 1.0.0 "$commit"

change 'how long a Pod must be ready' 'the port of a Service' 'a PodDisruptionBudget' \
  'an annotation of a ServiceAccount' 'a label of a Deployment'
edit deploy/base/deployment.yaml 's/minReadySeconds: 5/minReadySeconds: 1/'
edit deploy/base/service.yaml 's/port: 80$/port: 8000/'
edit deploy/base/disruption-budget.yaml 's/maxUnavailable: 1/maxUnavailable: 2/'
edit deploy/base/service-account.yaml '0,/^  name: shop$/s//&\n  annotations:\n    example.com\/owner: shop/'
edit deploy/base/deployment.yaml '0,/^    app.kubernetes.io\/name: shop$/s//&\n    tier: web/'
merge

change 'a probe' 'a request for CPU'
edit deploy/base/deployment.yaml 's/periodSeconds: 5$/periodSeconds: 3/'
edit deploy/base/deployment.yaml 's/cpu: 100m/cpu: 50m/'
merge

change 'a generated ConfigMap' 'variables of a container' 'a ConfigMap without a hash' 'plain ConfigMaps' 'a hook alone'
cat >> "$STAGING/kustomization.yaml" << 'YAML'
resources:
- config.yaml
configMapGenerator:
- name: shop-settings
  literals:
  - COLOR=red
- name: shop-plain
  literals:
  - MODE=calm
  options:
    disableNameSuffixHash: true
patches:
- path: patch.yaml
YAML
cat > "$STAGING/patch.yaml" << 'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    spec:
      containers:
      - name: shop
        env:
        - name: FIRST
          value: "1"
        - name: SECOND
          value: "2"
        envFrom:
        - configMapRef:
            name: shop-settings
YAML
cat > "$STAGING/config.yaml" << 'YAML'
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-stays
data:
  SIZE: small
YAML
cat > "$WORK/others.yaml" << 'YAML'
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-goes
data:
  SIZE: small
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-kept
  annotations:
    argocd.argoproj.io/sync-options: Prune=false
data:
  SIZE: small
YAML
{ echo --- && cat "$WORK/others.yaml"; } >> "$STAGING/config.yaml"
cat > delivery/greeting.yaml << YAML
apiVersion: batch/v1
kind: Job
metadata:
  name: greeting
  annotations:
    argocd.argoproj.io/hook: PreSync
    argocd.argoproj.io/sync-wave: "-1"
    argocd.argoproj.io/hook-delete-policy: HookSucceeded
spec:
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: greeting
        $(grep -m 1 -o 'image: .*' delivery/release/trigger.yaml)
        command:
        - echo
        - hello
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop:
            - ALL
YAML
edit delivery/kustomization.yaml 's/^resources:$/&\n- greeting.yaml/'
merge

change 'the content of a generated ConfigMap' 'the content of a ConfigMap without a hash' 'objects that move to another file' \
  'the label of a Task, with hooks' 'the same release, asked for once more'
edit "$STAGING/kustomization.yaml" 's/COLOR=red/COLOR=blue/; s/MODE=calm/MODE=busy/'
edit "$STAGING/config.yaml" '/^---$/,99d'
cp "$WORK/others.yaml" "$STAGING/others.yaml"
edit "$STAGING/kustomization.yaml" 's/^- config.yaml$/&\n- others.yaml/'
edit delivery/pipeline/report.yaml '0,/^  name: report$/s//&\n  labels:\n    tier: build/'
merge

change 'a comment' 'a README' 'defaults that are written out' 'an amount in another unit' 'an empty field' 'the order of resources' \
  'a hook that goes' 'replicas of what has no image yet'
edit deploy/base/service.yaml '1s/^/# Ours.\n/'
echo 'Ours.' >> README.md
edit deploy/base/deployment.yaml 's/^(      )serviceAccountName: shop$/&\n\1dnsPolicy: ClusterFirst/'
edit deploy/base/service.yaml 's/^spec:$/&\n  type: ClusterIP/'
edit deploy/base/deployment.yaml 's/memory: 256Mi/memory: 262144Ki/'
edit "$STAGING/config.yaml" 's/^  name: shop-stays$/&\n  annotations: {}/'
edit "$STAGING/kustomization.yaml" '/^- others.yaml$/d; s/^- config.yaml$/- others.yaml\n&/'
edit delivery/kustomization.yaml '/greeting/d'
rm delivery/greeting.yaml
edit "$PRODUCTION/kustomization.yaml" 's/count: 2/count: 3/'
merge

change 'the order of variables' 'the description of a Pipeline'
edit "$STAGING/patch.yaml" 's/FIRST/THIRD/; s/SECOND/FIRST/; s/THIRD/SECOND/; s/"1"/"3"/; s/"2"/"1"/; s/"3"/"2"/'
edit delivery/pipeline/pipeline.yaml 's/names the release/names a release/'
merge

change 'more replicas' 'the wave of a Service' 'an annotation of a Deployment'
edit "$STAGING/kustomization.yaml" 's/count: 2/count: 3/'
edit deploy/base/service.yaml '0,/^  name: shop$/s//&\n  annotations:\n    argocd.argoproj.io\/sync-wave: "2"/'
edit deploy/base/deployment.yaml '0,/^  name: shop$/s//&\n  annotations:\n    example.com\/note: ours/'
merge

change 'an annotation of the Pods' 'fewer replicas' 'a variable that goes' 'a wave that goes'
# With it, a sync would wait for the Pods that are refused below.
edit deploy/base/service.yaml '/^  annotations:$/,/sync-wave/d'
edit deploy/base/deployment.yaml 's/^    metadata:$/&\n      annotations:\n        example.com\/note: ours/'
edit "$STAGING/kustomization.yaml" 's/count: 3/count: 2/'
edit "$STAGING/patch.yaml" '/name: SECOND/,/value/d'
merge

change 'defaults that are no longer written out'
edit deploy/base/deployment.yaml '/dnsPolicy/d'
edit deploy/base/service.yaml '/type: ClusterIP/d'
merge

change 'an object that goes' 'an object that Prune=false keeps'
edit "$STAGING/kustomization.yaml" '/others.yaml/d'
rm "$STAGING/others.yaml"
merge
# As the plan says: by hand.
kubectl -n shop-staging delete configmap shop-kept > /dev/null
rest
arrive

change 'refused: a kind that the project does not permit' 'refused: a namespace that it does not permit' 'refused: by Tekton'
cat > "$STAGING/cron-job.yaml" << YAML
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: 0 4 * * *
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          containers:
          - name: report
            $(grep -m 1 -o 'image: .*' delivery/release/trigger.yaml)
YAML
edit "$STAGING/kustomization.yaml" 's/^resources:$/&\n- cron-job.yaml/'
edit deploy/overlays/production/kustomization.yaml 's/^namespace: .*/namespace: default/'
edit delivery/pipeline/pipeline.yaml '0,/^    - clone-repo$/s//    - clone-nothing/'
merge_refused

change 'refused: a kind that the cluster does not have' 'refused: a name that another Application has' \
  'refused: a kustomization that does not build'
cat > "$STAGING/route.yaml" << 'YAML'
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  parentRefs:
  - name: gateway
  rules:
  - backendRefs:
    - name: shop
      port: 8000
YAML
edit "$STAGING/kustomization.yaml" 's/^resources:$/&\n- route.yaml/'
edit deploy/overlays/production/kustomization.yaml 's/^namespace: .*/namespace: shop-staging/'
edit delivery/kustomization.yaml 's/^- release$/&\n- nothing/'
merge_refused

change 'refused: a request above the limit' 'refused: a kind that nobody knows' 'dropped: a field that no kind has'
edit "$STAGING/patch.yaml" 's/^(        )env:$/\1resources:\n\1  requests:\n\1    memory: 1Gi\n&/'
cat > delivery/gadget.yaml << 'YAML'
apiVersion: example.com/v1
kind: Gadget
metadata:
  name: gadget
spec:
  size: 1
YAML
edit delivery/kustomization.yaml 's/^resources:$/&\n- gadget.yaml/'
cat >> "$PRODUCTION/kustomization.yaml" << 'YAML'
patches:
- target:
    kind: Service
    name: shop
  patch: |-
    - op: add
      path: /spec/colour
      value: red
YAML
merge_refused --dropped shop-production

change 'refused: a selector that cannot change'
new_selector() {
  edit deploy/base/deployment.yaml '0,/^      app.kubernetes.io\/name: shop$/s//&\n      track: stable/'
  edit deploy/base/deployment.yaml '0,/^        app.kubernetes.io\/name: shop$/s//&\n        track: stable/'
}
new_selector
merge_refused

change 'a selector, with Force=true'
new_selector
edit deploy/base/deployment.yaml 's|^    example.com/note: ours$|&\n    argocd.argoproj.io/sync-options: Force=true,Replace=true|'
merge

change 'a sync option that goes'
edit deploy/base/deployment.yaml '/sync-options: Force=true/d'
merge
# As the plan says: what is replaced keeps what Git no longer has.
for environment in staging production; do
  kubectl -n "shop-$environment" annotate deployment shop argocd.argoproj.io/sync-options- > /dev/null
done
rest
arrive

change 'refused: Pods, by Pod Security'
edit "$STAGING/patch.yaml" 's/^(        )env:$/\1securityContext:\n\1  allowPrivilegeEscalation: true\n&/'
merge_refused

change 'a kind that a project permits, by hand' 'an Application that waits for a person, by hand'
edit argocd/projects.yaml 's/^  - group: apps$/  - group: ""\n    kind: ResourceQuota\n&/'
edit argocd/production.yaml 's/enabled: true/enabled: false/'
merge_by_hand

change 'a ResourceQuota that fits'
cat > "$STAGING/quota.yaml" << 'YAML'
apiVersion: v1
kind: ResourceQuota
metadata:
  name: small
spec:
  hard:
    pods: "2"
YAML
edit "$STAGING/kustomization.yaml" 's/^resources:$/&\n- quota.yaml/'
merge

change 'refused: Pods, by a quota'
edit "$STAGING/patch.yaml" 's/value: "1"/value: "4"/'
merge_refused

change 'a promotion that waits for a person' 'a ResourceQuota that goes'
treenail promote staging production >> "$WORK/terminal" 2>&1
edit "$STAGING/kustomization.yaml" '/quota.yaml/d'
rm "$STAGING/quota.yaml"
start=$BEFORE
merge
kubectl -n argocd patch application shop-production --type merge -p '{"operation":{"sync":{"prune":true,"syncStrategy":{"hook":{}}}}}' > /dev/null
BEFORE=$start
rest
compare --synced
arrive

change 'an Application that syncs by itself again, by hand'
edit argocd/production.yaml 's/enabled: false/enabled: true/'
merge_by_hand

change 'a second release'
commit=$(change_source 1.1.0)
treenail release 1.1.0 --revision "$commit" >> "$WORK/terminal" 2>&1
merge_release 1.1.0 "$commit"

change 'a rollback'
treenail rollback staging >> "$WORK/terminal" 2>&1
merge

change 'a release whose run exists already'
printf 'IMAGE_TAG=1.1.0\nSOURCE_REVISION=%s\n' "$commit" > delivery/release/release.env
merge

change 'a replacement, which is not evaluated'
cat >> "$STAGING/kustomization.yaml" << 'YAML'
replacements:
- source:
    kind: ConfigMap
    name: shop-plain
    fieldPath: data.MODE
  targets:
  - select:
      kind: Service
      name: shop
    fieldPaths:
    - metadata.annotations.[example.com/mode]
    options:
      create: true
YAML
merge

change 'a replacement that goes' 'a rollback that is undone'
edit "$STAGING/kustomization.yaml" '/^replacements:$/,99d'
git show "$(git log --format=%H --grep='^deploy: shop 1.1.0' -1):deploy/overlays/staging/image/kustomization.yaml" > deploy/overlays/staging/image/kustomization.yaml
merge

change 'a new environment'
treenail upgrade --quiet --set environments=staging,qa,production >> "$WORK/terminal" 2>&1
merge_by_hand

change 'an environment that goes'
treenail upgrade --quiet --set environments=staging,production >> "$WORK/terminal" 2>&1
merge_by_hand
# As the plan says: by hand.
kubectl -n argocd delete application shop-qa > /dev/null
rest
arrive

change 'an ApplicationSet, by hand' 'what it makes of a folder'
repository=$(sed -n 's/^    repoURL: //p' argocd/staging.yaml)
cat > argocd/extras.yaml << YAML
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: extras
  namespace: argocd
spec:
  sourceRepos:
  - $repository
  destinations:
  - server: https://kubernetes.default.svc
    namespace: shop-extra-*
  clusterResourceWhitelist:
  - group: ""
    kind: Namespace
  namespaceResourceWhitelist:
  - group: ""
    kind: ConfigMap
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: extras
  namespace: argocd
spec:
  goTemplate: true
  generators:
  - git:
      repoURL: $repository
      revision: main
      requeueAfterSeconds: 5
      directories:
      - path: extras/*
  template:
    metadata:
      name: extra-{{.path.basename}}
      finalizers:
      - resources-finalizer.argocd.argoproj.io
    spec:
      project: extras
      source:
        repoURL: $repository
        targetRevision: main
        path: '{{.path.path}}'
      destination:
        server: https://kubernetes.default.svc
        namespace: shop-extra-{{.path.basename}}
      syncPolicy:
        automated:
          prune: true
        syncOptions:
        - CreateNamespace=true
YAML
edit argocd/kustomization.yaml 's/^- projects.yaml$/&\n- extras.yaml/'
extra() {
  mkdir -p "extras/$1"
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\ndata:\n  COLOR: %s\n' "$2" > "extras/$1/map.yaml"
}
# It takes a commit that it has seen for the newest for three minutes.
generate() {
  kubectl -n argocd annotate --overwrite applicationset extras argocd.argoproj.io/application-set-refresh=true > /dev/null
}
extra_is_there() { kubectl -n argocd get application "extra-$1" > /dev/null; }
extra_is_gone() { ! extra_is_there "$1"; }
extra one red
foresee
push
rest
compare
kubectl apply -k argocd > /dev/null
SINCE=$(date -u +%FT%TZ)
generate
within 60 extra_is_there one
# Argo CD may hear of the Application before it hears of the project.
rest --succeeds
compare --applied
arrive

change 'another folder for an ApplicationSet' 'an object of what it has made'
extra two blue
extra one green
foresee
push
generate
within 60 extra_is_there two
rest --succeeds
compare
arrive

change 'the template of an ApplicationSet, by hand'
edit argocd/extras.yaml 's/^        - CreateNamespace=true$/&\n        - PruneLast=true/'
merge_by_hand

change 'a quota, by hand' 'the rules of a Role, by hand' 'a port of a NetworkPolicy, by hand'
edit argocd/namespaces/delivery/quota.yaml 's/pods: "30"/pods: "40"/'
edit argocd/namespaces/delivery/trigger-role.yaml 's/^  - get$/&\n  - list/'
edit argocd/namespaces/staging.yaml 's/^  - ports:$/&\n    - port: 9090\n      protocol: TCP/'
merge_by_hand

change 'a folder of an ApplicationSet that goes'
rm -r extras/two
foresee
push
generate
within 60 extra_is_gone two
rest
compare
arrive

step 'every change does what its plan says'
printf '   %s changes, %s differences\n' "$CHANGES" "$DIFFERENCES"
[ "$CHANGES" -ge 30 ] || wrong "only $CHANGES changes"
[ "$DIFFERENCES" = 0 ] || wrong "$DIFFERENCES differences: see $KEPT"
