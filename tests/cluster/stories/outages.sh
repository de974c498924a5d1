# What a release does while something that it needs is away: the API server, the registry, Git.
new_service
set_up
within 120 synced_and_healthy delivery staging production

step 'the API server is away for a minute while the image is built'
commit=$(change_source 1.0.0 "sed -i 's/^USER/RUN sleep 30\nUSER/' Dockerfile")
push_release 1.0.0 "$commit"
within 120 says Running kubectl -n shop-delivery get taskruns -l tekton.dev/pipelineTask=build-image
/suite/lib/start.sh stop kube-apiserver
sleep 60
/suite/lib/start.sh control_plane
released 1.0.0 "$commit"
is 1 runs || wrong "$(runs) runs"

step 'the registry is away when the image is to be pushed: the release fails, and can be tried again'
commit=$(change_source 1.1.0 "sed -i 's/sleep 30/sleep 15/' Dockerfile")
push_release 1.1.0 "$commit"
run=$(run_of 1.1.0 "$commit")
within 120 says 'RUN sleep 15' task_log "$run" build-image
/suite/lib/start.sh stop registry
ended "$run" Failed
says 'push-image: could not push to' task_log "$run" push-image
/suite/lib/start.sh registry
retry_release "$run"
released 1.1.0 "$commit"

step 'Git is away for a while when the digest is to be committed'
commit=$(change_source 1.2.0)
push_release 1.2.0 "$commit"
run=$(run_of 1.2.0 "$commit")
within 200 says 'RUN sleep 15' task_log "$run" build-image
/suite/lib/start.sh stop git
within 200 says 'trying again' task_log "$run" deploy-app
/suite/lib/start.sh git_server
released 1.2.0 "$commit"
