# A release that fails says why, and can be tried again once the cause is gone.
new_service
step 'set-up without the Secrets of the pipeline'
paste '**1. Push this repository**'
paste '**2. Give Argo CD read access.**' argocd argocd-token
kubectl apply -k "$MANIFESTS/argocd" > /dev/null
refresh delivery staging production
within 120 synced_and_healthy delivery staging production
take_reports

step 'a value that can never be right: the Job ends at its first Pod, and Argo CD says that it failed'
push_release V1 "$(git -C "$SOURCE" rev-parse HEAD)"
within 60 says "release: IMAGE_TAG 'V1' is not a valid release name" kubectl -n shop-delivery logs job/release-trigger
within 30 says Failed kubectl -n shop-delivery get job release-trigger
is 1 kubectl -n shop-delivery get job release-trigger -o 'jsonpath={.status.failed}' || wrong 'the Job tried again'
is 0 runs || wrong 'a run exists'

step 'a commit that was never pushed'
push_release 1.0.0 1111111111111111111111111111111111111111
ended shop-1.0.0-11111111 Failed
says 'check that it is pushed' task_log shop-1.0.0-11111111 clone-repo

step 'a private base image without its Secret'
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
run=$(run_of 1.0.0 "$commit")
ended "$run" Failed
says 'build-image: could not build the image: see the error above. A private base image needs the Secret registry-pull' task_log "$run" build-image
paste '*Pull private base images*' puller pull-token

step 'a Dockerfile that fails'
commit=$(change_source 1.1.0 "echo 'RUN echo no such luck; exit 3' >> Dockerfile")
push_release 1.1.0 "$commit"
ended "$(run_of 1.1.0 "$commit")" Failed
says 'no such luck' task_log "$(run_of 1.1.0 "$commit")" build-image
says 'build-image: could not build the image' task_log "$(run_of 1.1.0 "$commit")" build-image

step 'its report says which Task failed and what to do, in its log and to the webhook'
says 'report:   clone-repo succeeded' task_log "$(run_of 1.1.0 "$commit")" report
says 'report:   push-image did not run' task_log "$(run_of 1.1.0 "$commit")" report
says 'If the Dockerfile is wrong, release a commit that builds' task_log "$(run_of 1.1.0 "$commit")" report
reported '"shop 1.1.0: build-image failed.' || wrong "the webhook got $(cat "$WORK/reports")"

step 'a failed release leaves the Applications Synced and Healthy: only the run tells'
synced_and_healthy delivery staging production

step 'no Secret to push the image with'
commit=$(change_source 1.2.0 "sed -i '/no such luck/d' Dockerfile")
push_release 1.2.0 "$commit"
run=$(run_of 1.2.0 "$commit")
ended "$run" Failed
says 'push-image: Secret registry-push not found' task_log "$run" push-image
says 'push-image: could not push to registry.example.test/acme/shop' task_log "$run" push-image

step 'a wrong token to push the image with'
paste '*Push the image*' pusher wrong-token
retry_release "$run"
ended "$run" Failed
says 'push-image: could not push to registry.example.test/acme/shop' task_log "$run" push-image

step 'no Secret to push the digest with'
kubectl -n shop-delivery delete secret registry-push > /dev/null
paste '*Push the image*' pusher push-token
retry_release "$run"
ended "$run" Failed
says 'asks for a user, and the Secret git-push does not exist' task_log "$run" deploy-app

step 'a wrong token to push the digest with: no attempt is repeated'
paste '*Push to this repository*' bot wrong-token
retry_release "$run"
ended "$run" Failed
says 'check that the Secret git-push has write access to main' task_log "$run" deploy-app
! task_log "$run" deploy-app | grep 'trying again' || wrong 'it is tried again'
kubectl -n shop-delivery delete secret git-push > /dev/null

step 'with all Secrets, the same release succeeds'
paste '*Push to this repository*' bot bot-token
paste '*Pull a private image*' puller pull-token
retry_release "$run"
released 1.2.0 "$commit"
reported '"shop 1.2.0: succeeded."' || wrong "the webhook got $(cat "$WORK/reports")"
