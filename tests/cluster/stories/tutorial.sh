# The tutorial, pasted from its page: what the page shows is what a cluster prints, but for names, times and digests.
PAGE=/usr/local/share/treenail/tutorial.md

# page KIND TEXT: the first block of that kind that contains the text, with the servers of this cluster.
page() {
  awk -v fence="\`\`\`$1" -v text="$2" '
    $0 == fence { inside = 1; block = ""; next }
    inside && /^```$/ { inside = 0; if (index(block, text)) { printf "%s", block; exit } }
    inside { block = block $0 "\n" }' "$PAGE" |
    sed -e "s#github.com#$GIT_HOST#g; s#ghcr.io#$REGISTRY_HOST#g; s#docker.io/library/busybox:1.37#$REGISTRY_HOST/library/base:1#" \
      -e "s#--defaults#& --image $REGISTRY_HOST/acme/shop#"
}

# type_example TEXT: types the commands of the example with a prompt that contains it.
type_example() {
  local commands
  commands=$(page console "$1" | sed -n 's/^[$>] //p')
  [ -n "$commands" ] || wrong "the tutorial has no example with '$1'"
  bash -ec "$commands" >> "$WORK/terminal" 2>&1 || wrong "the example with '$1' fails: $(tail -n 5 "$WORK/terminal")"
}

# follow TEXT [OPTION-OF-PASTE...] [ANSWER...]: pastes the block for the cluster that contains the text.
follow() {
  [ -n "$(page 'sh cluster' "$1")" ] || wrong "the tutorial has no block with '$1'"
  page 'sh cluster' "$1" | paste_input "$@"
}

# Without what differs from one run to the next.
plain() { sed -E 's/-[0-9a-f]{8}\b/-COMMIT/g; s/\b([0-9]+[smhd])+\b/AGE/g; s/ +/ /g; s/ $//' "$@"; }

# shows TEXT: what was pasted last printed the lines of the page's block that contains the text, in their order.
shows() {
  local at=1 line found
  [ -n "$(page text "$1")" ] || wrong "the tutorial has no output with '$1'"
  plain "$WORK/pasted" > "$WORK/printed"
  while read -r line; do
    found=$(tail -n "+$at" "$WORK/printed" | grep -nxF -m 1 -e "$line") || wrong "the tutorial shows '$line', and the cluster: $(cat "$WORK/printed")"
    at=$((at + ${found%%:*}))
  done < <(page text "$1" | plain)
}

for name in shop shop-gitops; do git init -q --bare -b main "/srv/git/acme/$name.git"; done

step 'a service and its manifests'
cd "$WORK" || exit
type_example 'FROM docker'
type_example 'new shop-gitops --defaults'
name_look_alikes
cd "$MANIFESTS" || exit
git push -q -u origin HEAD

step 'the Applications are applied; the manifests are private here, so Argo CD gets its Secret'
paste '**2. Give Argo CD read access.**' argocd argocd-token
follow 'kubectl apply -k argocd'
shows 'appproject.argoproj.io/shop created'
within 120 synced_and_healthy delivery staging production
follow 'get applications --watch' -interrupt 3s
shows 'SYNC STATUS'
# The hook may still start when all else is in sync.
within 60 says 'release: ' kubectl -n shop-delivery logs job/release-trigger
follow 'logs job/release-trigger'
shows 'no release requested yet'

step 'credentials'
follow 'token for shop-gitops' bot bot-token push-token
kubectl -n shop-delivery delete secret registry-push > /dev/null
paste '*Push the image*' pusher push-token
paste '*Pull private base images*' puller pull-token
follow 'token that reads packages' puller pull-token

step 'a release'
type_example 'treenail release 1.0.0'
follow 'annotate application shop-delivery'
commit=$(git -C "$SOURCE" rev-parse HEAD)
within 120 requested "$(run_of 1.0.0 "$commit")"
follow 'logs job/release-trigger'
within 300 run_ended "$(run_of 1.0.0 "$commit")"
follow 'get pipelineruns,taskruns'
shows 'pipelinerun.tekton.dev/shop-1.0.0'
refresh staging
follow '-n shop-staging get deployments --watch' -interrupt 60s
shows '2/2'
follow 'port-forward service/shop 8080:80'
grep -qx fine "$WORK/pasted" || wrong "the service answers: $(cat "$WORK/pasted")"
git pull -q
follow 'selector=tekton.dev/pipelineTask=build-image'

step 'promotion'
type_example 'treenail promote --push'
refresh production
within 180 runs_digest production
follow '-n shop-production get deployments --watch' -interrupt 3s

step 'the next release, in staging only'
type_example 'very fine'
commit=$(git -C "$SOURCE" rev-parse HEAD)
ended "$(run_of 1.1.0 "$commit")" Succeeded
within 180 runs_digest staging
git pull -q
is 'very fine' curl -sS "http://$(kubectl -n shop-staging get service shop -o 'jsonpath={.spec.clusterIP}')/healthz"
is fine curl -sS "http://$(kubectl -n shop-production get service shop -o 'jsonpath={.spec.clusterIP}')/healthz"
type_example 'commit   dc5971c05b'
within 180 runs_digest production

step 'rollback'
type_example 'treenail rollback production --push'
within 120 runs_digest production
is fine curl -sS "http://$(kubectl -n shop-production get service shop -o 'jsonpath={.spec.clusterIP}')/healthz"

step 'configuration, and one more environment'
type_example 'GREETING'
git push -q
within 120 at_head staging
says 'GREETING=hello' kubectl -n shop-staging set env deployment/shop --list
type_example 'upgrade --set environments'
kubectl apply -k argocd > /dev/null
refresh qa
within 120 synced_and_healthy qa staging production

step 'clean up'
follow 'kubectl delete -k argocd'
says 'No resources found' kubectl -n argocd get applications
! kubectl get namespaces -o name | grep /shop- || wrong 'a namespace is left'
