#!/usr/bin/env bash
# Plays a story, in the node: play.sh STORY. Afterwards nothing of it is left in the cluster.
set -euo pipefail
# shellcheck source=tests/cluster/lib/env.sh
. /suite/lib/env.sh
export KUBECONFIG=/pki/admin.conf WORK=/work/$1

git config --global user.name 'Dev'
git config --global user.email dev@example.com
git config --global core.pager cat
git config --global "credential.https://$GIT_HOST.helper" '!f() { echo username=dev; echo password=dev-token; }; f'

# What whoever looks for a mistake asks for.
describe() {
  kubectl -n argocd get applications -o wide
  kubectl -n argocd get applications -o 'jsonpath={range .items[*]}{.metadata.name}: {.status.conditions} {.status.operationState.message}{"\n"}{end}'
  kubectl get pods,jobs,pipelineruns,taskruns -A
  kubectl get events -A --sort-by=.lastTimestamp | tail -n 60
  for pod in $(kubectl -n shop-delivery get pods -o name 2> /dev/null); do
    printf -- '---- %s\n' "$pod"
    kubectl -n shop-delivery logs --all-containers --tail=60 "$pod"
  done
}

# As the tutorial tidies up.
tidy_up() {
  /suite/lib/start.sh git_server registry etcd control_plane node
  # A set would make its Applications again.
  kubectl -n argocd delete applicationsets --all --timeout=90s
  kubectl -n argocd delete applications --all --timeout=90s
  kubectl -n argocd delete appprojects --field-selector 'metadata.name!=default' --timeout=90s
  # Argo CD keeps the Job of a sync that has not ended; nobody does when its Application is gone.
  kubectl get jobs -A -o 'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}' | while read -r namespace job; do
    kubectl -n "$namespace" patch job "$job" --type merge --patch '{"metadata":{"finalizers":null}}' < /dev/null
  done
  kubectl -n argocd delete secrets -l argocd.argoproj.io/secret-type=repository
  kubectl get namespaces -o name | grep -E '/shop-' | xargs -r kubectl delete --timeout=120s
  ! kubectl get namespaces -o name | grep /shop- || return 1
  rm -rf /srv/git/acme /srv/git/keys /work/*
}

# The story itself is a process of its own, which ends at the first thing that is wrong.
if [ "${2:-}" = alone ]; then
  # shellcheck source=tests/cluster/lib/story.sh
  . /suite/lib/story.sh
  trap 'printf "   WRONG %s: %s\n" "${STEP:-}" "$BASH_COMMAND"' ERR
  set -E
  # shellcheck disable=SC1090 # the story that is asked for
  . "/suite/stories/$1.sh"
  step_done
  exit
fi

result=0 log=/var/log/cluster/$1
# What a story that was interrupted left.
[ ! -e /srv/git/acme ] || tidy_up > "$log.tidied" 2>&1
mkdir -p "$WORK" /srv/git/acme
"$0" "$1" alone < /dev/null || result=1
[ ! -e "$WORK/terminal" ] || cp "$WORK/terminal" "$log.terminal"
[ "$result" = 0 ] || describe > "$log.described" 2>&1 || true
tidy_up > "$log.tidied" 2>&1 || { tail -n 5 "$log.tidied" && printf '   WRONG could not tidy up\n' && result=1; }
exit "$result"
