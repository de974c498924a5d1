#!/usr/bin/env bash
# Installs what the generated docs/setup.md requires, in the node: DNS, volumes, Tekton Pipelines, Argo CD; and waits for it.
set -euo pipefail
# shellcheck source=tests/cluster/lib/env.sh
. /suite/lib/env.sh
export KUBECONFIG=/pki/admin.conf

# The manifests are applied a second time where the first comes before the kinds, or the webhooks, that they need.
apply() {
  local log=/var/log/cluster/install.log
  kubectl apply --server-side --force-conflicts "$@" >> "$log" 2>&1 || { sleep 3 && kubectl apply --server-side --force-conflicts "$@" >> "$log" 2>&1; }
}

tag() { ctr -n k8s.io images tag --force "localhost/$1:1" "$2" > /dev/null; }

dns() {
  sed -e "s/@DNS_IP@/$DNS_IP/; s/@GIT@/$GIT_IP $GIT_HOST/; s/@REGISTRY@/$REGISTRY_IP $REGISTRY_HOST/" /suite/manifests/dns.yaml | apply -f -
}

volumes() {
  apply -f /suite/manifests/volumes.yaml
}

# Tekton's configuration, with images instead of the packages that they are built from.
tekton() {
  local config=/parts/tekton/config file manifest=/run/tekton.yaml
  for file in "$config"/100-namespace/*.yaml "$config"/300-crds/*.yaml "$config"/*.yaml "$config"/resolvers/*.yaml; do
    # It reports events elsewhere, and nothing here listens.
    [ "$(basename "$file")" = events.yaml ] || { printf '\n---\n' && cat "$file"; }
  done | sed -E -e 's#ko://github.com/tektoncd/pipeline/cmd/([a-z]+)#localhost/tekton-\1:1#' \
    -e "s#(release|version|app.kubernetes.io/version): \"?devel\"?#\1: \"$TEKTON\"#" > "$manifest"
  tag busybox "$(sed -n 's/.*"-shell-image", "\([^"]*\)".*/\1/p' "$manifest" | sed -E 's/:[^@]*@/@/')"
  apply -f "$manifest"
}

# For the story that needs it.
triggers() {
  local config=/parts/triggers/config file manifest=/run/triggers.yaml
  for file in "$config"/*.yaml "$config"/interceptors/*.yaml; do printf '\n---\n' && cat "$file"; done |
    sed -E 's#ko://github.com/tektoncd/triggers/cmd/([a-z]+)#localhost/triggers-\1:1#' > "$manifest"
  apply -f "$manifest"
  kubectl -n tekton-pipelines wait deployment -l app.kubernetes.io/part-of=tekton-triggers --for=condition=Available --timeout=5m > /dev/null
  # A listener that starts before the interceptors have their certificate ends after a minute.
  kubectl wait clusterinterceptors --all --for='jsonpath={.spec.clientConfig.caBundle}' --timeout=3m > /dev/null
}

# For the story that needs it. An administrator leaves the limits to the namespaces.
pruner() {
  local manifest=/run/pruner.yaml file
  for file in /parts/pruner/config/*.yaml; do printf '\n---\n' && cat "$file"; done |
    sed -E -e 's#ko://github.com/tektoncd/pruner/cmd/([a-z]+)#localhost/pruner-\1:1#' \
      -e 's/enforcedConfigLevel: global/enforcedConfigLevel: namespace/' > "$manifest"
  apply -f "$manifest"
  kubectl -n tekton-pipelines wait deployment -l app.kubernetes.io/part-of=tekton-pruner --for=condition=Available --timeout=5m > /dev/null
}

# As its page says, without the login service; and with a Git server whose CA it does not know.
argocd() {
  local manifest=/run/argocd.yaml image
  sed -n 's/^ *image: //p' /parts/argocd/install.yaml | sort -u | while read -r image; do
    case $image in
      */argocd:*) tag argocd "$image" ;;
      */redis:*) tag redis "$image" ;;
    esac
  done
  sed 's/imagePullPolicy: Always/imagePullPolicy: IfNotPresent/' /parts/argocd/install.yaml > "$manifest"
  kubectl create namespace argocd --dry-run=client -o yaml | apply -f -
  apply -n argocd -f "$manifest"
  kubectl -n argocd delete deployment argocd-dex-server --ignore-not-found > /dev/null
  kubectl -n argocd create configmap argocd-tls-certs-cm --from-file="$GIT_HOST=/pki/services.crt" --dry-run=client -o yaml |
    kubectl label --local -f - app.kubernetes.io/part-of=argocd app.kubernetes.io/name=argocd-tls-certs-cm -o yaml | apply -f -
}

# For the stories that need it: most clusters do without.
rollouts() {
  local manifest=/run/rollouts.yaml
  ln -sf /parts/rollouts/kubectl-argo-rollouts /usr/local/bin/
  sed -e 's#image: quay.io/argoproj/argo-rollouts:.*#image: localhost/rollouts:1#; s/imagePullPolicy: Always/imagePullPolicy: IfNotPresent/' /parts/rollouts/install.yaml > "$manifest"
  kubectl create namespace argo-rollouts --dry-run=client -o yaml | apply -f -
  apply -n argo-rollouts -f "$manifest"
  kubectl -n argo-rollouts wait deployment --all --for=condition=Available --timeout=5m > /dev/null
}

ready() {
  local namespace
  for namespace in kube-system volumes tekton-pipelines tekton-pipelines-resolvers argocd; do
    kubectl -n "$namespace" wait deployment --all --for=condition=Available --timeout=5m > /dev/null || {
      kubectl get pods --all-namespaces
      fail "not everything in the namespace $namespace became available"
    }
  done
  kubectl -n argocd rollout status statefulset/argocd-application-controller --timeout=5m > /dev/null
}

for step; do "$step"; done
