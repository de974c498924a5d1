# The commands of the generated pages without treenail, in zsh, which takes a # after a command for a word.
# The story `fish` is this one in another shell.
[ "$SHELL_OF_PERSON" != bash ] || SHELL_OF_PERSON=zsh
new_service

step 'the set-up by hand'
set_up
within 120 synced_and_healthy delivery staging production

step 'release'
commit=$(git -C "$SOURCE" rev-parse HEAD)
paste '## Release'
says "IMAGE_TAG=1.0.0" git -C /srv/git/acme/shop-gitops.git cat-file blob main:delivery/release/release.env
says "SOURCE_REVISION=$commit" git -C /srv/git/acme/shop-gitops.git cat-file blob main:delivery/release/release.env

step 'watch, and have Argo CD look'
paste 'A webhook makes it react at once.'
within 60 says 'release: requested 1.0.0' kubectl -n shop-delivery logs job/release-trigger
paste --interrupt 3 '## Watch a release'
released 1.0.0 "$commit"

step 'promote, rebuild'
paste '## Promote'
within 180 runs_digest production
paste '## Rebuild'
ended "$(run_of 1.0.0-2 "$commit")" Succeeded

step 'roll back'
paste '## Roll back'
first=$(grep '^[0-9a-f]* .*deploy: shop 1.0.0$' "$WORK/pasted" | cut -d ' ' -f 1)
paste --change "s/COMMIT/$first/; s/TAG in/1.0.0 in/" 'Put the file of that commit back'
is "$(digest production)" digest staging || wrong 'staging has another digest than before'
