# Tekton Triggers: a run that pushes to the repository which starts it, as TN049 says, and the filter that ends it.
/suite/lib/install.sh triggers
MANIFESTS=$WORK/shop-gitops
git init -q --bare -b main /srv/git/acme/shop-gitops.git
git init -q -b main "$MANIFESTS"
git -C "$MANIFESTS" remote add origin "https://$GIT_HOST/acme/shop-gitops.git"
cd "$MANIFESTS"
git commit -q --allow-empty -m shop
git push -q origin main
mkdir ci

# pipeline INTERCEPTORS: writes a listener with these, and the run that it starts: a commit for each push.
pipeline() {
  cat > ci/pipeline.yaml << END
apiVersion: triggers.tekton.dev/v1beta1
kind: EventListener
metadata: {name: shop, namespace: shop-ci}
spec:
  serviceAccountName: listener
  triggers:
  - name: push
    interceptors:
$1
    bindings:
    - {name: url, value: \$(body.repository.clone_url)}
    - {name: revision, value: \$(body.after)}
    template: {ref: shop}
---
apiVersion: triggers.tekton.dev/v1beta1
kind: TriggerTemplate
metadata: {name: shop, namespace: shop-ci}
spec:
  params: [{name: url}, {name: revision}]
  resourcetemplates:
  - apiVersion: tekton.dev/v1
    kind: TaskRun
    metadata: {generateName: shop-}
    spec:
      taskRef: {name: bump}
      params:
      - {name: url, value: \$(tt.params.url)}
      - {name: revision, value: \$(tt.params.revision)}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: bump, namespace: shop-ci}
spec:
  params: [{name: url}, {name: revision}]
  steps:
  - name: bump
    image: localhost/git:1
    env:
    - {name: HOME, value: /tmp}
    - {name: URL, value: \$(params.url)}
    - {name: REVISION, value: \$(params.revision)}
    script: |
      #!/bin/sh
      set -eu
      git config --global credential.helper '!f() { echo username=bot; echo password=bot-token; }; f'
      git config --global user.name bot
      git config --global user.email bot@example.com
      git clone "\$URL" /tmp/shop
      cd /tmp/shop
      printf 'revision: %s\n' "\$REVISION" > deployed.yaml
      git add deployed.yaml
      git commit -m "deploy \$REVISION"
      git push origin main
END
}
is_push='    - ref: {name: github}
      params:
      - {name: eventTypes, value: [push]}'
is_of_a_person="    - ref: {name: cel}
      params:
      - {name: filter, value: body.pusher.name != 'bot'}"

listener() { printf 'http://%s:8080' "$(kubectl -n shop-ci get service el-shop -o 'jsonpath={.spec.clusterIP}')"; }

# What the host sends for each push.
tell_the_listener() {
  cat > /srv/git/acme/shop-gitops.git/hooks/post-receive << END
#!/bin/sh
read -r before after ref
curl -sS -o /dev/null --max-time 5 -H 'X-GitHub-Event: push' -H 'Content-Type: application/json' \\
  "$(listener)/" --data @- << BODY
{"ref": "\$ref", "before": "\$before", "after": "\$after", "pusher": {"name": "\$REMOTE_USER"},
  "repository": {"clone_url": "https://$GIT_HOST/acme/shop-gitops.git"}}
BODY
END
  chmod +x /srv/git/acme/shop-gitops.git/hooks/post-receive
}
push_as_a_person() {
  date +%s%N > change
  git add --all
  git commit -q -m 'change the shop'
  git pull -q --rebase origin main
  git push -q origin main
}
pushes_of_the_run() { git -C /srv/git/acme/shop-gitops.git log --format=%an main | grep -c '^bot$'; }
at_least() { [ "$("${@:2}")" -ge "$1" ]; }
runs_started() { kubectl -n shop-ci get taskruns --no-headers | wc -l; }
all_ended() { is '' kubectl -n shop-ci get taskruns -o 'jsonpath={range .items[?(@.status.conditions[0].status=="Unknown")]}{.metadata.name}{end}'; }
# No run is under way, and none is started.
quiet() {
  local before
  before=$(runs_started)
  all_ended && sleep 10 && all_ended && is "$before" runs_started
}

step 'treenail check says that the push starts itself'
pipeline "$is_push"
says 'TN049' treenail check .

step 'a single push starts one run after the other'
kubectl create namespace shop-ci > /dev/null
kubectl -n shop-ci create serviceaccount listener > /dev/null
kubectl -n shop-ci create rolebinding listener --clusterrole=tekton-triggers-eventlistener-roles --serviceaccount=shop-ci:listener > /dev/null
kubectl create clusterrolebinding shop-ci-listener --clusterrole=tekton-triggers-eventlistener-clusterroles --serviceaccount=shop-ci:listener --dry-run=client -o yaml | kubectl apply -f - > /dev/null
kubectl apply -f ci/pipeline.yaml > /dev/null
within 120 kubectl -n shop-ci wait eventlistener shop --for=condition=Ready --timeout=1s
# An event that nobody hears is lost.
within 120 curl -sSf --max-time 3 -o /dev/null "$(listener)/live"
tell_the_listener
push_as_a_person
within 180 at_least 3 pushes_of_the_run

step 'with a filter for the author, check is content'
pipeline "$is_push
$is_of_a_person"
treenail check . > "$WORK/last" 2>&1 || true
! grep -F TN049 "$WORK/last" || wrong 'check still says TN049'

step 'and the next push starts one run'
kubectl apply -f ci/pipeline.yaml > /dev/null
within 180 quiet
before=$(runs_started)
push_as_a_person
within 30 is "$((before + 1))" runs_started
within 120 quiet
is "$((before + 1))" runs_started || wrong "$(($(runs_started) - before)) runs"
is bot git -C /srv/git/acme/shop-gitops.git log -1 --format=%an main || wrong 'the run pushed nothing'

kubectl delete namespace shop-ci > /dev/null
kubectl delete clusterrolebinding shop-ci-listener > /dev/null
kubectl delete -f /run/triggers.yaml --ignore-not-found > /dev/null 2>&1
