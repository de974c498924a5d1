# A branch that the host protects: the release ends soon, with the host's words and what to do, and can be tried again.
new_service
set_up
within 120 synced_and_healthy delivery staging production
repository=/srv/git/acme/shop-gitops.git

step 'people may push, and the pipeline may not'
cat > "$repository/hooks/pre-receive" << 'END'
#!/bin/sh
[ "$REMOTE_USER" = bot ] && [ ! -e bot-may-push ] || exit 0
echo refused >> refused
echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2
exit 1
END
chmod +x "$repository/hooks/pre-receive"
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
run=$(run_of 1.0.0 "$commit")
within 300 test -e "$repository/refused"

step 'every attempt of the Task ends at the first refusal'
within 90 run_ended "$run"
is Failed run_reason "$run" || wrong "the run is $(run_reason "$run")"
is 3 wc -l < "$repository/refused" || wrong "it pushed $(wc -l < "$repository/refused") times"
says 'GH006: Protected branch update failed for refs/heads/main.' task_log "$run" deploy-app
says 'deploy-app: https://git.example.test/acme/shop-gitops.git refuses the push: if main is protected, let the user of the Secret git-push push to it' \
  task_log "$run" deploy-app

step 'once the pipeline may push, the same release succeeds'
touch "$repository/bot-may-push"
retry_release "$run"
released 1.0.0 "$commit"
is 1 deployments || wrong "$(deployments) commits deploy something"
