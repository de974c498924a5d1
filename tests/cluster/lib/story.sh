# The words of a story: what a person does, and what the cluster must make of it. Read by `play.sh`, in the node.
# shellcheck shell=bash

MANIFESTS=$WORK/shop-gitops
SOURCE=$WORK/shop
# Where the two repositories are: a story may have them elsewhere.
GIT_URL=https://$GIT_HOST
SOURCE_NAME=shop
# The shell that a person pastes into.
SHELL_OF_PERSON=bash

# ---- how a story is told

# step TEXT: what is shown next. A step is done when the next begins.
step() {
  step_done
  STEP=$1
  STEP_STARTED=$SECONDS
}
step_done() {
  [ -z "${STEP:-}" ] || printf '   ok    %s (%s s)\n' "$STEP" "$((SECONDS - STEP_STARTED))"
  STEP=
}

# wrong TEXT: ends the story.
wrong() {
  printf '   WRONG %s\n         %s\n' "${STEP:-}" "$*"
  exit 1
}

# within SECONDS COMMAND...: until it succeeds. With PATIENCE=50, half as long.
within() {
  local limit=$(($1 * ${PATIENCE:-100} / 100)) started=$SECONDS
  shift
  until ("$@") > "$WORK/last" 2>&1; do
    [ $((SECONDS - started)) -lt "$limit" ] || wrong "not within $limit s: $*; last: $(tail -n 5 "$WORK/last")"
    sleep 1
  done
}

# says TEXT COMMAND...: the output of the command contains the text.
says() {
  local text=$1
  shift
  "$@" > "$WORK/last" 2>&1 || true
  grep -qF -e "$text" "$WORK/last" || wrong "'$*' does not say '$text' but: $(tail -n 20 "$WORK/last")"
}

# is EXPECTED COMMAND...: the output of the command is just that.
is() { [ "$("${@:2}")" = "$1" ]; }

# ---- what a person does

# Empty repositories on the server, a clone of the source with a first commit, and what `treenail new` writes.
# new_service [ARGUMENT-OF-NEW...]
new_service() {
  local name
  for name in "$SOURCE_NAME" shop-gitops; do git init -q --bare -b main "/srv/git/acme/$name.git"; done
  git init -q -b main "$SOURCE"
  git -C "$SOURCE" remote add origin "https://$GIT_HOST/acme/$SOURCE_NAME.git"
  cp /suite/stories/app/* /parts/own/app "$SOURCE/"
  change_source 1.0.0 > /dev/null
  # With SCAFFOLD, by the scaffold in that folder.
  (cd "$WORK" && treenail new shop-gitops --quiet --defaults ${SCAFFOLD:+--scaffold "$SCAFFOLD"} --app shop \
    --set "source-repo=$GIT_URL/acme/$SOURCE_NAME.git" --set "manifest-repo=$GIT_URL/acme/shop-gitops.git" \
    --set "image=$REGISTRY_HOST/acme/shop" "$@")
  name_look_alikes
}

# The look-alikes get the names that the manifests use: containerd looks for NAME@DIGEST, without a tag.
name_look_alikes() {
  local look_alike answer name
  while read -r look_alike answer; do
    # The answer is above its origin, which has the same name.
    name=$(sed -n "/^from:/q; s/^  $answer: \([^\"]*\)$/\1/p" "$MANIFESTS/.treenail/answers.yaml")
    [ -z "$name" ] || ctr -n k8s.io images tag --force "localhost/$look_alike:1" "$(sed -E 's/:[^:@/]*@/@/' <<< "$name")" > /dev/null
  done << 'END'
git git-image
kubectl kubectl-image
buildah build-image
skopeo push-image
busybox test-image
END
}

# change_source VERSION [COMMAND]: a commit of the source, pushed; prints its id. The command makes further changes.
change_source() {
  printf '%s\n' "$1" > "$SOURCE/version"
  if [ $# -gt 1 ]; then (cd "$SOURCE" && sh -ec "$2"); fi
  git -C "$SOURCE" add --all
  git -C "$SOURCE" commit -q -m "shop $1"
  git -C "$SOURCE" push -q origin main
  git -C "$SOURCE" rev-parse HEAD
}

# The first block of code below the line of a page of the manifests that is a text, or else starts with it.
block() {
  local pages=("$MANIFESTS/README.md") page
  # Service 1.0.0 has no other page.
  for page in "$MANIFESTS"/docs/*.md; do [ ! -e "$page" ] || pages+=("$page"); done
  awk -v text="$1" '
    pass == 1 { whole = whole || $0 == text; next }
    whole ? $0 == text : index($0, text) == 1 { found = 1 }
    found && /^```/ { if (inside) exit; inside = 1; next }
    inside { print }' pass=1 "${pages[@]}" pass=2 "${pages[@]}"
}

# paste [--interrupt SECONDS [--after TEXT]] [--change SED] TEXT [ANSWER...]: pastes that block into a shell, and answers
# what it asks.
paste() {
  local options=(-shell "$SHELL_OF_PERSON") changed=''
  while :; do
    case $1 in
      --interrupt) options+=(-interrupt "${2}s") ;;
      --after) options+=(-after "$2") ;;
      --change) changed=$2 ;;
      *) break ;;
    esac
    shift 2
  done
  local text=$1
  shift
  [ -n "$(block "$text")" ] || wrong "no page has a block below '$text'"
  block "$text" | sed -e "$changed" | paste_input "$text" "${options[@]}" "$@"
}

# paste_input NAME [OPTION-OF-PASTE...] [ANSWER...]: pastes standard input, in the folder of the manifests.
paste_input() {
  local text=$1 log=$WORK/pasted code=0
  shift
  (cd "$MANIFESTS" && /parts/own/paste "$@") > "$log" 2>&1 || code=$?
  cat "$log" >> "$WORK/terminal"
  # A command that watches ends with the code that it likes.
  [ "$code" = 0 ] || [[ " $* " == *' -interrupt '* ]] || wrong "'$text', pasted, ends with $code: $(tail -n 12 "$log")"
  ! grep -qE 'command not found|no matches found|error:|fatal:' "$log" || wrong "'$text', pasted, shows an error: $(grep -E 'command not found|no matches found|error:|fatal:' "$log")"
}

# The set-up by hand, with the Secrets that these servers ask for.
set_up() {
  paste '**1. Push this repository**'
  paste '**2. Give Argo CD read access.**' argocd argocd-token
  paste --interrupt 3 --after 'SYNC STATUS' '**3. Apply what an administrator owns:**'
  refresh delivery staging production
  paste '*Push to this repository*' bot bot-token
  paste '*Push the image*' pusher push-token
  paste '*Pull private base images*' puller pull-token
  paste '*Pull a private image*' puller pull-token
}

# A person's own key, for a Git server that is reached over SSH.
ssh_access() {
  mkdir -p -m 700 ~/.ssh
  [ -e ~/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -C dev -f ~/.ssh/id_ed25519
  ssh-keyscan "$GIT_HOST" > ~/.ssh/known_hosts 2> /dev/null
  give_key acme/shop-gitops rw < ~/.ssh/id_ed25519.pub
}

# give_key REPOSITORY r|rw: the host lets the key of standard input read, or write, a repository.
give_key() { printf 'command="/suite/lib/git-over-ssh %s %s",restrict %s\n' "$1" "$2" "$(cat)" >> /srv/git/keys; }

# The public key that the block which was pasted last has printed.
printed_key() { grep -o '^ssh-ed25519 [A-Za-z0-9+/=]* shop-delivery-[a-z]*' "$WORK/pasted"; }

# push_release TAG COMMIT: asks for a release, and has Argo CD look.
push_release() {
  git -C "$MANIFESTS" pull -q --rebase
  printf 'IMAGE_TAG=%s\nSOURCE_REVISION=%s\n' "$1" "$2" > "$MANIFESTS/delivery/release/release.env"
  push_manifests "release: shop $1"
  refresh delivery
}

# push_manifests MESSAGE: commits what has changed.
push_manifests() {
  git -C "$MANIFESTS" add --all
  git -C "$MANIFESTS" commit -q -m "$1"
  git -C "$MANIFESTS" pull -q --rebase
  git -C "$MANIFESTS" push -q
}

# What a webhook does: Argo CD asks Git now, instead of within minutes. It may miss that while it compares, so what
# waits for it asks again.
refresh() {
  local name
  for name; do kubectl -n argocd annotate --overwrite application "shop-$name" argocd.argoproj.io/refresh=normal > /dev/null; done
}

# take_reports: a webhook in the node, and its Secret as docs/setup.md makes it. What is posted becomes a line of a file.
take_reports() {
  mkdir -p "$WORK/www/cgi-bin"
  : > "$WORK/reports"
  cat > "$WORK/www/cgi-bin/webhook" << END
#!/bin/sh
{ head -c "\$CONTENT_LENGTH"; echo; } >> $WORK/reports
printf 'Content-Type: text/plain\r\n\r\nok\n'
END
  chmod +x "$WORK/www/cgi-bin/webhook"
  busybox httpd -f -p "$NODE_IP:8090" -h "$WORK/www" &
  # shellcheck disable=SC2064 # the number of this one
  trap "kill $!" EXIT
  paste '*Report to a chat channel*' "http://$NODE_IP:8090/cgi-bin/webhook"
}
reported() { grep -qF -e "$1" "$WORK/reports"; }

# ---- what the cluster says

namespace_exists() { kubectl get namespace "$1"; }

# application NAME FIELD...: of its status.
application() {
  local name=$1 field fields=''
  shift
  for field; do fields+="${fields:+ }{.status.$field}"; done
  kubectl -n argocd get application "shop-$name" -o "jsonpath=$fields"
}
synced_and_healthy() {
  local name
  for name; do
    if ! is 'Synced Healthy' application "$name" sync.status health.status; then
      kubectl -n argocd get applications
      return 1
    fi
  done
}
at_head() { refresh "$1" && is "$(git -C /srv/git/acme/shop-gitops.git rev-parse main)" application "$1" sync.revision && synced_and_healthy "$1"; }

# The run of a release: its name, and how it stands.
run_of() { printf 'shop-%s-%.8s' "$1" "$2"; }
run_reason() { kubectl -n shop-delivery get pipelinerun "$1" -o 'jsonpath={.status.conditions[0].reason}'; }
requested() { kubectl -n shop-delivery get pipelinerun "$1" || { refresh delivery && sleep 4 && return 1; }; }
run_ended() { [ -n "$(kubectl -n shop-delivery get pipelinerun "$1" -o 'jsonpath={.status.completionTime}')" ]; }
runs() { kubectl -n shop-delivery get pipelineruns --no-headers 2> /dev/null | wc -l; }

# ended RUN REASON: waits until the run ends like that.
ended() {
  within 120 requested "$1"
  within 600 run_ended "$1"
  is "$2" run_reason "$1" || wrong "$1 ended as $(run_reason "$1"), not $2: $(kubectl -n shop-delivery get pipelinerun "$1" -o 'jsonpath={.status.conditions[0].message}')"
}

# task_log RUN TASK: of every attempt.
task_log() { kubectl -n shop-delivery logs --tail=-1 --all-containers -l "tekton.dev/pipelineRun=$1,tekton.dev/pipelineTask=$2"; }

# The digest of an environment, as Git has it.
digest() { git -C /srv/git/acme/shop-gitops.git cat-file blob "main:deploy/overlays/$1/image/kustomization.yaml" | sed -n 's/^ *digest: //p'; }

# Whether all Pods of an environment run the digest that Git has, and no other.
runs_digest() {
  local digest
  refresh "$1"
  digest=$(digest "$1")
  [ -n "$digest" ] && kubectl -n "shop-$1" rollout status deployment/shop --timeout=1s &&
    is "$REGISTRY_HOST/acme/shop@$digest" pods_images "$1"
}
pods_images() { kubectl -n "shop-$1" get pods -l app.kubernetes.io/name=shop --field-selector=status.phase=Running -o 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\n"}{end}' | sort -u; }

# What the service of an environment answers.
answer() { curl -sS --max-time 3 "http://$(kubectl -n "shop-$1" get service shop -o 'jsonpath={.spec.clusterIP}')/"; }

# The same, after Argo CD was told to look.
answer_of() { refresh "$1" && answer "$1"; }

# How the Rollout of staging stands.
rollout_phase() { refresh staging && kubectl -n shop-staging get rollout shop -o 'jsonpath={.status.phase} {.status.message}'; }

# released TAG COMMIT: waits until the release that was asked for runs in staging.
released() {
  ended "$(run_of "$1" "$2")" Succeeded
  refresh delivery staging
  within 180 runs_digest staging
  within 30 is "version $1, user 1000" answer staging
}

# How many commits of the pipeline there are.
deployments() { git -C /srv/git/acme/shop-gitops.git log --format=%s main | grep -c '^deploy: '; }

# What an Application consists of, as KIND/NAME.
managed_objects() {
  kubectl -n argocd get application "shop-$1" -o 'jsonpath={range .status.resources[*]}{.kind}.{.group}/{.name}{"\n"}{end}' | sed 's,\./,/,' | grep -v '^Namespace/'
}

# uid NAMESPACE OBJECT, and whether there is one with another UID than that.
uid() { kubectl -n "$1" get "$2" -o 'jsonpath={.metadata.uid}'; }
is_another() {
  local now
  now=$(uid "$2" "$3") && [ "$now" != "$1" ]
}

# retry_release RUN: as docs/operations.md says.
retry_release() { paste --change "s/RUN/$1/" '## Retry a release'; }
