# Ten releases in a row, while controllers and Pods are killed and others push: one build each, and Git says what runs.
new_service
set_up
within 120 synced_and_healthy delivery staging production
RANDOM=${SEED:=$((SECONDS + $$))}
printf '   SEED=%s\n' "$SEED"

kill_pods() { kubectl -n "$1" delete pods -l "$2" --force --grace-period=0 > "$WORK/killed" 2>&1 || true; }
interfere() {
  case $((RANDOM % 8)) in
    0) kill_pods tekton-pipelines app=tekton-pipelines-controller ;;
    1) kill_pods tekton-pipelines app=tekton-pipelines-webhook ;;
    2) kill_pods argocd app.kubernetes.io/name=argocd-application-controller ;;
    3) kill_pods argocd app.kubernetes.io/name=argocd-repo-server ;;
    4) kill_pods shop-delivery app.kubernetes.io/name=release-trigger ;;
    # What is tried again; a build is not.
    5) kill_pods shop-delivery 'tekton.dev/pipelineTask in (clone-repo, push-image, deploy-app)' ;;
    6) kill_pods shop-staging app.kubernetes.io/name=shop ;;
    7)
      echo "$RANDOM" >> "$MANIFESTS/NOTES.md"
      push_manifests 'a note'
      ;;
  esac
}

for number in $(seq 10); do
  step "release $number"
  commit=$(change_source "1.0.$number")
  push_release "1.0.$number" "$commit"
  for _ in 1 2 3; do
    sleep $((RANDOM % 12))
    interfere
  done
  within 180 requested "$(run_of "1.0.$number" "$commit")"
  released "1.0.$number" "$commit"
  is "$number" runs || wrong "$(runs) runs"
  is "$number" deployments || wrong "$(deployments) commits deploy something"
done
