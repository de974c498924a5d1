# Foreign code in a release looks for credentials, and for a way out: tests, a Dockerfile, links, an unreviewed commit.
new_service --set test-image=registry.example.test/library/tests:1 --set 'test-command=sh search'
set_up
within 120 synced_and_healthy delivery staging production

# What it does: prints whatever it can read, its own and that of the other processes that it sees.
cat > "$SOURCE/search" << 'END'
show() { find "$@" -xdev -type f -size -64k -exec cat {} + 2> /dev/null | base64 -w 0; echo; }
for root in '' $(ls -d /proc/[0-9]*/root); do
  show "$root/tekton" "$root/workspace" "$root/var/run/secrets" "$root/run" "$root/registry-pull" "$root/registry-push"
  show "$root/credentials" "$root/git-push" "$root/root" "$root/home" "$root/tmp"
  # What a later Task might trust.
  for result in IMAGE_DIGEST IMAGE_URL digest; do
    echo sha256:0000000000000000000000000000000000000000000000000000000000000000 2> /dev/null > "$root/tekton/results/$result"
  done
done
cat /proc/[0-9]*/environ 2> /dev/null | tr '\0' '\n' | base64 -w 0
echo
echo '-- the search has ended --'
END

# found TASK: all that was printed, decoded.
found() { task_log "$run" "$1" | while read -r line; do base64 -d <<< "$line" 2> /dev/null || printf '%s\n' "$line"; done | tr -d '\0'; }
# lacks TASK SECRET...: neither as it is nor as registries are told.
lacks() {
  local task=$1 secret
  found "$task" > "$WORK/found"
  grep -q 'the search has ended' "$WORK/found" || wrong "nothing was searched: $(tail -n 5 "$WORK/found")"
  shift
  for secret; do ! grep -qF -e "$secret" "$WORK/found" || wrong "$task found $secret"; done
}
encoded() { printf %s "$1" | base64 -w 0; }

step 'tests find no credential'
commit=$(change_source 1.0.0 "sed -i 's/^COPY version/COPY search \\/search\\nRUN sh \\/search\\nCOPY version/' Dockerfile")
run=$(run_of 1.0.0 "$commit")
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"
# The last is how each token of the API server begins.
lacks run-tests bot-token push-token pull-token eyJhbGciOi "$(encoded pusher:push-token)" "$(encoded puller:pull-token)"

step 'a Dockerfile finds the one for base images at most, and changes nothing that a later Task trusts'
lacks build-image bot-token push-token eyJhbGciOi "$(encoded pusher:push-token)"
! is "sha256:$(printf '%064d' 0)" digest staging || wrong 'the digest is the one that the Dockerfile wrote'

step 'a context that is a link out of the source is refused, and so is a Dockerfile'
(cd "$MANIFESTS" && git pull -q && treenail upgrade --quiet --yes --set context=inner --set test-image= --set test-command= && git push -q)
within 120 at_head delivery
commit=$(change_source 1.1.0 'ln -s /registry-pull inner')
run=$(run_of 1.1.0 "$commit")
push_release 1.1.0 "$commit"
ended "$run" Failed
says "'inner' leads out of the source" task_log "$run" build-image
commit=$(change_source 1.2.0 'rm inner && mkdir inner && touch inner/file && ln -sf /registry-pull/config.json Dockerfile')
run=$(run_of 1.2.0 "$commit")
push_release 1.2.0 "$commit"
ended "$run" Failed
says "'Dockerfile' leads out of the source" task_log "$run" build-image

step 'a commit that is on another branch is not built'
git -C "$SOURCE" checkout -q -b unreviewed
git -C "$SOURCE" commit -q --allow-empty -m unreviewed
git -C "$SOURCE" push -q origin unreviewed
commit=$(git -C "$SOURCE" rev-parse HEAD)
run=$(run_of 1.3.0 "$commit")
push_release 1.3.0 "$commit"
ended "$run" Failed
says 'is not on' task_log "$run" clone-repo

step 'the environment runs what was released before'
is 'version 1.0.0, user 1000' answer staging
