# A release that is pushed while Argo CD still syncs the commit before is requested, too.
new_service
set_up
commit=$(git -C "$SOURCE" rev-parse HEAD)

step 'a push while the Job of an earlier commit runs'
push_release 1.0.0 "$commit"
within 60 says release-trigger application delivery operationState.message
push_release 1.0.0-2 "$commit"
within 120 at_head delivery

step 'the release is requested, and deployed'
ended "$(run_of 1.0.0-2 "$commit")" Succeeded
says 'Release 1.0.0-2' git -C /srv/git/acme/shop-gitops.git cat-file blob main:deploy/overlays/staging/image/kustomization.yaml
