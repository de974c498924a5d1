# A repository of service 1.0.0 is upgraded while it serves: edits stay, nothing that is used goes, no request fails.
git init -q --bare -b main /srv/git/acme/shop-gitops.git
git init -q --bare -b main /srv/git/acme/shop.git
git init -q -b main "$SOURCE"
git -C "$SOURCE" remote add origin "https://$GIT_HOST/acme/shop.git"
cp /suite/stories/app/* /parts/own/app "$SOURCE/"
commit=$(change_source 1.0.0)

# What treenail 0.1.0 wrote, for the servers of this cluster.
cp -r /usr/local/share/treenail/service-1.0.0 "$MANIFESTS"
python3 - "$MANIFESTS" "$GIT_HOST" "$REGISTRY_HOST" << 'END'
import hashlib, pathlib, re, sys

root, git, registry = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def here(text):
    text = text.replace("https://github.com/acme/", f"https://{git}/acme/").replace("ghcr.io/acme/", f"{registry}/acme/")
    return text.replace('"ghcr.io"', f'"{registry}"')


def base(text):
    """Every file there begins with a line that ends in its length and its path; the last line is a digest of the others."""
    out, at = "", 0
    text = text[: text.rindex("end sha256:")]
    for head in iter(lambda: re.compile(r"^(file .* )(\d+)( \S+\n)", re.M).search(text, at), None):
        start = head.end()
        content = text[start:].encode()[: int(head[2])].decode()
        changed = here(content)
        out += text[at : head.start()] + head[1] + str(len(changed.encode())) + head[3] + changed
        at = start + len(content)
    out += text[at:]
    return f"{out}end sha256:{hashlib.sha256(out.encode()).hexdigest()}\n"


for path in root.rglob("*"):
    if path.is_file():
        text = path.read_text()
        path.write_text(base(text) if path.name == "base" else here(text))
END
cd "$MANIFESTS" || exit
git init -q -b main
git remote add origin "https://$GIT_HOST/acme/shop-gitops.git"
git add --all
git commit -q -m 'treenail: shop'
name_look_alikes

step 'the set-up of its own README, a release, and a promotion'
paste '**1. Push this repository**'
paste '**2. Give Argo CD read access.**' argocd argocd-token
# Its next command was wrong.
kubectl apply -k argocd >> "$WORK/terminal"
for namespace in shop-delivery shop-staging shop-production; do within 120 namespace_exists "$namespace"; done
paste '*Push to this repository*' bot bot-token
paste '*Push the image*' pusher push-token
paste '*Pull a private image*' puller pull-token
within 120 synced_and_healthy delivery staging production
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"
git pull -q --rebase
cp deploy/overlays/{staging,production}/image/kustomization.yaml
push_manifests 'promote: shop 1.0.0 to production'
within 180 runs_digest production

step 'edits of files that will move, and of one that will not'
sed -i 's/pods: "30"/pods: "60"/' delivery/access/quota.yaml
sed -i 's/minReadySeconds: .*/minReadySeconds: 2/' deploy/base/deployment.yaml
push_manifests 'ours'
room() { refresh delivery && kubectl -n shop-delivery get resourcequota delivery -o 'jsonpath={.spec.hard.pods}'; }
within 120 is 60 room
within 120 at_head staging
within 120 at_head production

# What is used, and must not go; and who asks all the time.
used() {
  local namespace
  for namespace in shop-delivery shop-staging shop-production; do
    kubectl get namespace "$namespace" -o 'jsonpath={.metadata.name} {.metadata.uid}{"\n"}'
    kubectl -n "$namespace" get pods -l app.kubernetes.io/name=shop -o 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\n"}{end}'
    kubectl -n "$namespace" get resourcequotas,networkpolicies,roles,rolebindings,serviceaccounts,secrets,services \
      -o 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\n"}{end}'
  done
}
before=$(used)
touch "$WORK/asking"
for environment in staging production; do
  address=$(kubectl -n "shop-$environment" get service shop -o 'jsonpath={.spec.clusterIP}')
  while [ -e "$WORK/asking" ]; do
    curl -sSf --max-time 3 "http://$address/" >> "$WORK/answers" 2>> "$WORK/no-answer" || date +%T >> "$WORK/no-answer"
    sleep 0.1
  done &
done

step 'the upgrade keeps the edits, and says what to do before it is pushed'
treenail upgrade --yes > "$WORK/report" 2>&1 || wrong "$(cat "$WORK/report")"
cat "$WORK/report" >> "$WORK/terminal"
says 'scaffold service 1.0.0 -> 2.0.0' cat "$WORK/report"
says 'apply `argocd` before the merge, which otherwise prunes what moves there: `kubectl apply -f argocd/delivery.yaml && kubectl apply -k argocd`' cat "$WORK/report"
says 'pods: "60"' cat argocd/namespaces/delivery/quota.yaml
says 'minReadySeconds: 2' cat deploy/base/deployment.yaml
treenail check --strict > "$WORK/checked" 2>&1 || wrong "check finds: $(cat "$WORK/checked")"

step 'in that order nothing that is used goes'
# As the report and docs/upgrading.md say.
{ kubectl apply -f argocd/delivery.yaml && kubectl apply -k argocd; } >> "$WORK/terminal" 2>&1
sleep 20
git push -q
name_look_alikes
within 180 at_head delivery
within 180 at_head staging
within 180 at_head production
gone=$(comm -23 <(sort <<< "$before") <(used | sort))
[ -z "$gone" ] || wrong "gone: $gone"
is 60 kubectl -n shop-delivery get resourcequota delivery -o 'jsonpath={.spec.hard.pods}'
is restricted kubectl get namespace shop-staging -o 'jsonpath={.metadata.labels.pod-security\.kubernetes\.io/enforce}'

step 'no request failed'
rm "$WORK/asking"
wait
[ "$(grep -o version "$WORK/answers" | wc -l)" -gt 100 ] || wrong 'hardly anybody asked'
[ ! -s "$WORK/no-answer" ] || wrong "$(cat "$WORK/no-answer")"

step 'the next release is built by the new pipeline'
paste '*Pull private base images*' puller pull-token
commit=$(change_source 1.1.0)
push_release 1.1.0 "$commit"
released 1.1.0 "$commit"
git pull -q --rebase
treenail promote staging --push --yes > "$WORK/report" 2>&1 || wrong "$(cat "$WORK/report")"
refresh production
within 180 runs_digest production
within 30 is 'version 1.1.0, user 1000' answer production
