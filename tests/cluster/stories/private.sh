# A private source over HTTPS: without its Secret a release says what is missing, and can be tried again.
SOURCE_NAME=private
new_service
set_up
within 120 synced_and_healthy delivery staging production
commit=$(git -C "$SOURCE" rev-parse HEAD)
run=$(run_of 1.0.0 "$commit")

step 'without the Secret'
push_release 1.0.0 "$commit"
ended "$run" Failed
says 'a private repository needs the Secret git-source' task_log "$run" clone-repo

step 'with the token of somebody who may not read it'
paste '*Clone a private source repository*' argocd argocd-token
retry_release "$run"
ended "$run" Failed
says 'clone-repo: could not fetch from https://git.example.test/acme/private.git: check that the Secret git-source has read access' task_log "$run" clone-repo

step 'with the Secret'
kubectl -n shop-delivery delete secret git-source > /dev/null
paste '*Clone a private source repository*' reader reader-token
retry_release "$run"
released 1.0.0 "$commit"
