# The node loses its power while an image is built. The release that this ends can be tried again, and nothing is lost.
new_service
set_up
within 120 synced_and_healthy delivery staging production
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"

step 'the power is lost in the middle of a build, and comes back'
commit=$(change_source 1.1.0 "sed -i 's/^USER/RUN sleep 30\nUSER/' Dockerfile")
push_release 1.1.0 "$commit"
run=$(run_of 1.1.0 "$commit")
within 120 says 'RUN sleep 30' task_log "$run" build-image
/suite/lib/start.sh lose_power
sleep 5
/suite/lib/start.sh container_runtime etcd control_plane node
/suite/lib/install.sh ready

step 'what ran before runs again'
within 400 is 'version 1.0.0, user 1000' answer staging
within 300 synced_and_healthy delivery staging production

step 'the release failed with its Pod, and docs/operations.md retries it'
ended "$run" Failed
retry_release "$run"
released 1.1.0 "$commit"
is 2 deployments || wrong "$(deployments) commits deploy something"
