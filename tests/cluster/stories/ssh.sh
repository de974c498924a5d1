# Everything over SSH, with the deploy keys that docs/setup.md makes: the manifest repository and a private source.
GIT_URL=ssh://git@$GIT_HOST SOURCE_NAME=private
ssh_access
new_service

step 'the set-up by hand'
paste '**1. Push this repository**'
paste '**2. Give Argo CD read access.**'
printed_key | give_key acme/shop-gitops r
paste 'Add the public key that this prints as a read-only deploy key. Argo CD must know the host'
paste --interrupt 3 --after 'SYNC STATUS' '**3. Apply what an administrator owns:**'
# It takes Argo CD minutes to read the keys of the host.
seen() { refresh "$1" && namespace_exists "shop-$1"; }
within 300 seen delivery
paste '*Push to this repository*'
pushing=$(printed_key)
give_key acme/shop-gitops r <<< "$pushing"
paste '*Push the image*' pusher push-token
paste '*Pull private base images*' puller pull-token
paste '*Clone a private source repository*'
printed_key | give_key acme/private r
within 120 seen staging
within 120 seen production
paste '*Pull a private image*' puller pull-token
within 300 synced_and_healthy delivery staging production

step 'a deploy key that may not write: the log has the words of the host'
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
run=$(run_of 1.0.0 "$commit")
ended "$run" Failed
says 'marked as read only' task_log "$run" deploy-app
says 'check that the Secret git-push has write access to main' task_log "$run" deploy-app

step 'a deploy key that may write'
sed -i '\|shop-gitops r"|{\|shop-delivery-push|d}' /srv/git/keys
give_key acme/shop-gitops rw <<< "$pushing"
retry_release "$run"
released 1.0.0 "$commit"
