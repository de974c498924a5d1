# The commands of the generated README in zsh, which takes a # after a command for a word.
SHELL_OF_PERSON=zsh
new_service

step 'the set-up of the README'
set_up
within 120 synced_and_healthy delivery staging production

step 'release'
commit=$(git -C "$SOURCE" rev-parse HEAD)
paste '**Release.**'
released_file=$(git -C /srv/git/acme/shop-gitops.git cat-file blob main:delivery/release/release.env)
[ "$released_file" = "IMAGE_TAG=1.0.0
SOURCE_REVISION=$commit" ] || wrong "release.env is: $released_file"

step 'watch, and have Argo CD look'
paste 'A webhook makes it react at once.'
within 60 says 'release: requested 1.0.0' kubectl -n shop-delivery logs job/release-trigger
paste --interrupt 3 '**Watch a release.**'
released 1.0.0 "$commit"

step 'promote, rebuild, roll back'
paste '**Promote** the image'
refresh production
within 180 runs_digest production
paste '**Rebuild** under a new tag'
refresh delivery
ended "$(run_of 1.0.0-2 "$commit")" Succeeded
paste '**Roll back** an environment'
deployed=$(grep '^[0-9a-f]* .*deploy: shop 1.0.0-2$' "$WORK/pasted" | cut -d ' ' -f 1)
paste --change "s/COMMIT/$deployed/" 'Revert one of them:'
