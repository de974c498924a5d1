# With treenail alone: from `new` to production and back, no other command is typed.
new_service
cd "$MANIFESTS" || exit

step 'set-up: one command, which is run again and has nothing to do'
export ARGOCD_USER=argocd ARGOCD_TOKEN=argocd-token BOT=bot BOT_TOKEN=bot-token PUSHER=pusher PUSH_TOKEN=push-token PULLER=puller PULL_TOKEN=pull-token
# As in a pipeline, which nobody answers.
set_up_with_treenail() {
  treenail setup --context cluster --skip git-source \
    --secret shop-delivery-repo.username=env:ARGOCD_USER --secret shop-delivery-repo.password=env:ARGOCD_TOKEN \
    --secret git-push.username=env:BOT --secret git-push.password=env:BOT_TOKEN \
    --secret registry-push.username=env:PUSHER --secret registry-push.password=env:PUSH_TOKEN \
    --secret registry-pull.username=env:PULLER --secret registry-pull.password=env:PULL_TOKEN
}
set_up_with_treenail > "$WORK/setup" 2>&1 || wrong "treenail setup: $(cat "$WORK/setup")"
synced_and_healthy delivery staging production > "$WORK/last" || wrong "after the set-up: $(cat "$WORK/last")"
set_up_with_treenail > "$WORK/setup" 2>&1 || wrong "treenail setup, again: $(cat "$WORK/setup")"
nothing='already done|skipped|is Synced|every Application|next:|^set up'
# Argo CD 3.3 drops `selfHeal: false` when it syncs, so that kubectl gives it back.
[[ $ARGOCD != v3.3.* ]] || nothing+='|\$ kubectl .* apply -k |✓ .* unchanged$|✓ application\.argoproj\.io/shop-delivery configured$'
! grep -vE "$nothing" "$WORK/setup" || wrong "the second run does something: $(cat "$WORK/setup")"

step 'release and watch'
commit=$(git -C "$SOURCE" rev-parse HEAD)
treenail release 1.0.0 --push > "$WORK/release" 2>&1 || wrong "treenail release: $(cat "$WORK/release")"
treenail watch 1.0.0 > "$WORK/watch" 2>&1 || wrong "treenail watch: $(cat "$WORK/watch")"
sed 's/^/         /' "$WORK/watch"
is 'version 1.0.0, user 1000' answer staging || wrong "staging answers '$(answer staging)' when the release is said to run"
runs_digest staging || wrong 'staging runs another digest than Git has'

step 'a release that is done is watched in no time'
treenail watch 1.0.0 > "$WORK/watch" 2>&1 || wrong "treenail watch: $(cat "$WORK/watch")"

step 'promote'
git pull -q
treenail promote staging --watch > "$WORK/promote" 2>&1 || wrong "treenail promote: $(cat "$WORK/promote")"
sed 's/^/         /' "$WORK/promote"
runs_digest production || wrong 'production runs another digest than Git has when the promotion is said to run'
is "$(digest staging)" digest production || wrong 'production has another digest'

memory_of() { kubectl -n "shop-$1" get deployment shop -o 'jsonpath={.spec.template.spec.containers[0].resources.limits.memory}'; }
step 'a change of what environments have in common reaches the first one only'
git pull -q
treenail upgrade --quiet --set memory=200Mi
git push -q
refresh staging production
within 120 is 200Mi memory_of staging
within 60 at_head production
within 60 synced_and_healthy staging production
is 256Mi memory_of production || wrong "production has $(memory_of production)"

step 'and the others by a promotion, of the same release'
says '1 file' treenail releases
treenail promote --watch > "$WORK/promote" 2>&1 || wrong "treenail promote: $(cat "$WORK/promote")"
sed 's/^/         /' "$WORK/promote"
says 'release  1.0.0, as before' cat "$WORK/promote"
is 200Mi memory_of production || wrong "production has $(memory_of production) when the promotion is said to run"

step 'a release whose build fails: watch ends with the cause'
commit=$(change_source 1.1.0 "echo 'RUN echo no such luck; exit 3' >> Dockerfile")
treenail release 1.1.0 --push > "$WORK/release" 2>&1
if treenail watch 1.1.0 > "$WORK/watch" 2>&1; then wrong "treenail watch is content with a failed build: $(cat "$WORK/watch")"; fi
sed 's/^/         /' "$WORK/watch"
says 'build-image' cat "$WORK/watch"
says 'no such luck' cat "$WORK/watch"

step 'a release that is refused: watch says why'
git pull -q
sed -i 's/^IMAGE_TAG=.*/IMAGE_TAG=V1/' delivery/release/release.env
push_manifests 'a value that can never be right'
if treenail watch > "$WORK/watch" 2>&1; then wrong "treenail watch is content with a refused release: $(cat "$WORK/watch")"; fi
sed 's/^/         /' "$WORK/watch"
says 'lower-case letters and digits' cat "$WORK/watch"

step 'roll back'
commit=$(change_source 1.2.0 "sed -i '/no such luck/d' Dockerfile")
treenail release 1.2.0 --watch > "$WORK/release" 2>&1 || wrong "treenail release: $(cat "$WORK/release")"
sed 's/^/         /' "$WORK/release"
is 'version 1.2.0, user 1000' answer staging || wrong "staging answers '$(answer staging)'"
git pull -q
treenail promote --watch > "$WORK/promote" 2>&1 || wrong "treenail promote: $(cat "$WORK/promote")"
treenail rollback production --watch > "$WORK/rollback" 2>&1 || wrong "treenail rollback: $(cat "$WORK/rollback")"
within 30 is 'version 1.0.0, user 1000' answer_of production
is 200Mi memory_of production || wrong "production has $(memory_of production), which it had not before"
treenail rollback production --watch > "$WORK/rollback" 2>&1 || wrong "treenail rollback, again: $(cat "$WORK/rollback")"
is 256Mi memory_of production || wrong "production has $(memory_of production), which it had not before that"
treenail rollback staging --watch > "$WORK/rollback" 2>&1 || wrong "treenail rollback: $(cat "$WORK/rollback")"
within 30 is 'version 1.0.0, user 1000' answer_of staging
