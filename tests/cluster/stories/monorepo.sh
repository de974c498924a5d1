# Two services in folders of one source repository, and their manifests in folders of another: neither disturbs the other.
for name in shop shop-gitops; do git init -q --bare -b main "/srv/git/acme/$name.git"; done
git init -q -b main "$SOURCE"
git -C "$SOURCE" remote add origin "https://$GIT_HOST/acme/shop.git"
for folder in shop pay; do
  mkdir "$SOURCE/$folder"
  cp /suite/stories/app/* /parts/own/app "$SOURCE/$folder/"
  echo "$folder-1.0.0" > "$SOURCE/$folder/version"
done
commit=$(change_source 1.0.0)
git clone -q "https://$GIT_HOST/acme/shop-gitops.git" "$MANIFESTS" 2> /dev/null
git -C "$MANIFESTS" commit -q --allow-empty -m 'manifests of Acme'

# The folders are shop and pay, and the applications shop and shop-pay.
app() { if [ "$1" = shop ]; then echo shop; else echo "shop-$1"; fi; }

# new_folder FOLDER
new_folder() {
  (cd "$MANIFESTS" && treenail new "$1" --quiet --defaults --set "app=$(app "$1")" --set "image=$REGISTRY_HOST/acme/$(app "$1")" \
    --set "source-repo=https://$GIT_HOST/acme/shop.git" --set "manifest-repo=https://$GIT_HOST/acme/shop-gitops.git" \
    --set "dockerfile=$1/Dockerfile" --set "context=$1")
}

# in_folder FOLDER VERB...: of treenail, from the root of the manifests as their READMEs say.
in_folder() { (cd "$MANIFESTS" && treenail "${@:2}" -C "$1/" --yes); }

# set_up_folder FOLDER
set_up_folder() {
  local secrets=() secret user
  while read -r secret user; do
    secrets+=(--secret "$secret.username=file:$WORK/$user" --secret "$secret.password=file:$WORK/$user-token")
  done << END
$(app "$1")-delivery-repo argocd
git-push bot
registry-push pusher
registry-pull puller
END
  says "treenail setup -C $1/" cat "$MANIFESTS/$1/README.md"
  in_folder "$1" setup "${secrets[@]}" >> "$WORK/terminal" 2>&1 || wrong "it ends with: $(tail -n 12 "$WORK/terminal")"
}

# Argo CD looks at everything.
look() { kubectl -n argocd annotate --overwrite application --all argocd.argoproj.io/refresh=normal > /dev/null; }
states() { kubectl -n argocd get applications -o 'jsonpath={range .items[*]}{.status.sync.status} {.status.health.status}{"\n"}{end}' | sort -u; }
all_well() { look && is 'Synced Healthy' states; }

# How many runs there are of both.
counts() { for folder in shop pay; do kubectl -n "$(app "$folder")-delivery" get pipelineruns --no-headers 2> /dev/null | wc -l; done | xargs; }

# built FOLDER TAG COMMIT: waits until that release is.
built() {
  local run
  run=$(app "$1")-$2-${3:0:8}
  within 600 over "$1" "$run"
  is Succeeded of_run "$1" "$run" 'conditions[0].reason' || wrong "$run failed: $(of_run "$1" "$run" 'conditions[0].message')"
}
over() { look && [ -n "$(of_run "$1" "$2" completionTime)" ]; }
of_run() { kubectl -n "$(app "$1")-delivery" get pipelinerun "$2" -o "jsonpath={.status.$3}"; }

# serves FOLDER ENVIRONMENT VERSION: by Pods of the digest that Git has for it.
serves() {
  local digest address
  look
  digest=$(git -C /srv/git/acme/shop-gitops.git cat-file blob "main:$1/deploy/overlays/$2/image/kustomization.yaml" | sed -n 's/^ *digest: //p')
  address=$(kubectl -n "$(app "$1")-$2" get service "$(app "$1")" -o 'jsonpath={.spec.clusterIP}')
  [ -n "$digest" ] && is "$REGISTRY_HOST/acme/$(app "$1")@$digest" images "$1" "$2" && is "version $3, user 1000" curl -sS --max-time 3 "http://$address/"
}
images() { kubectl -n "$(app "$1")-$2" get pods -l "app.kubernetes.io/name=$(app "$1")" --field-selector=status.phase=Running -o 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\n"}{end}' | sort -u; }

step 'both are set up, each by one command'
new_folder shop
new_folder pay
MANIFESTS=$WORK/shop-gitops/shop name_look_alikes
for user in argocd:argocd bot:bot pusher:push puller:pull; do
  echo "${user%:*}" > "$WORK/${user%:*}"
  echo "${user#*:}-token" > "$WORK/${user%:*}-token"
done
set_up_folder shop
set_up_folder pay
within 60 all_well
is '0 0' counts || wrong "$(counts) runs before the first release"

step 'both are released at the same time: one build and one commit each'
in_folder shop release 1.0.0 --push >> "$WORK/terminal" 2>&1
in_folder pay release 1.0.0 --push >> "$WORK/terminal" 2>&1
built shop 1.0.0 "$commit"
built pay 1.0.0 "$commit"
within 180 serves shop staging shop-1.0.0
within 180 serves pay staging pay-1.0.0
is '1 1' counts || wrong "$(counts) runs"
is 2 deployments || wrong "$(deployments) commits deploy something"

step 'a release of one is none of the other'
commit=$(change_source 1.1.0 'echo pay-1.1.0 > pay/version')
git -C "$MANIFESTS" pull -q
in_folder pay release 1.1.0 --push >> "$WORK/terminal" 2>&1
built pay 1.1.0 "$commit"
within 180 serves pay staging pay-1.1.0
within 60 all_well
serves shop staging shop-1.0.0 || wrong "the other runs $(images shop staging)"
is '1 2' counts || wrong "$(counts) runs"

step 'treenail shows and promotes each of them'
git -C "$MANIFESTS" pull -q
says 'staging      1.0.0' treenail releases -C "$MANIFESTS/shop"
says 'staging      1.1.0' treenail releases -C "$MANIFESTS/pay"
says 'promote shop-pay 1.1.0 from staging to production' in_folder pay promote staging --push
within 180 serves pay production pay-1.1.0
is '' images shop production || wrong "production of the other runs $(images shop production)"
within 60 all_well
