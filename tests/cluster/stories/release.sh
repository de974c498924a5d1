# From an empty cluster to production and back, by the commands of the generated pages.
new_service

step 'the set-up by hand, pasted into bash'
set_up

step 'all Applications are Synced and Healthy before the first release'
within 120 synced_and_healthy delivery staging production
is 0 runs || wrong 'a run exists before the first release'

step 'a release is built once and runs in staging'
commit=$(git -C "$SOURCE" rev-parse HEAD)
paste '**Release** the last commit'
released 1.0.0 "$commit"
within 60 at_head delivery

step 'nothing else has changed: production has no Pod'
is '' pods_images production || wrong "production runs $(pods_images production)"

step 'another sync of the same release starts nothing'
paste --change '/^kubectl -n shop-delivery delete/d' '## Retry a release'
sleep 5
within 60 says 'release: 1.0.0 was already requested: PipelineRun' kubectl -n shop-delivery logs job/release-trigger
is 1 runs || wrong "$(runs) runs"

step 'promotion: production runs the same digest'
git -C "$MANIFESTS" pull -q
paste '**Promote** what one environment runs'
within 180 runs_digest production
is "$(digest staging)" digest production || wrong 'production has another digest'

step 'a second release replaces the first in staging only'
commit=$(change_source 1.1.0)
push_release 1.1.0 "$commit"
released 1.1.0 "$commit"
is 'version 1.0.0, user 1000' answer production || wrong "production answers '$(answer production)'"

step 'rollback: staging runs the first release again, and nothing is built'
paste '## Roll back'
first=$(grep '^[0-9a-f]* .*deploy: shop 1.0.0$' "$WORK/pasted" | cut -d ' ' -f 1)
paste --change "s/COMMIT/$first/; s/TAG in/1.0.0 in/" 'Put the file of that commit back'
within 120 is 'version 1.0.0, user 1000' answer_of staging
# Each Pod that goes serves on for five seconds.
within 60 runs_digest staging
is 2 runs || wrong "$(runs) runs"
