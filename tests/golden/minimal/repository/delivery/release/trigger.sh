#!/bin/sh
# Requests the release in release.env from Tekton by creating its PipelineRun.
#
# The name of the run is derived from the release: a repeated request, after a retry or another sync, finds the
# existing run and starts nothing. Invalid values are rejected before they reach the cluster.
#
# Environment: APP, IMAGE_TAG, SOURCE_REVISION, TEMPLATE (the PipelineRun with @PLACEHOLDERS@), HOME (writable).
set -eu
LC_ALL=C
export LC_ALL

say() { printf 'release: %s\n' "$*"; }
fail() {
  printf 'release: %s\n' "$*" >&2
  exit 1
}
# Another attempt would end the same way. With this exit code, the Job makes none.
refuse() {
  printf 'release: %s\n' "$*" >&2
  exit 64
}

tag=${IMAGE_TAG:-}
revision=${SOURCE_REVISION:-}

if [ -z "$tag" ] && [ -z "$revision" ]; then
  say 'no release requested yet: set IMAGE_TAG and SOURCE_REVISION in release.env'
  exit 0
fi
[ -n "$tag" ] || refuse 'SOURCE_REVISION is set but IMAGE_TAG is not: set both in release.env'
[ -n "$revision" ] || refuse 'IMAGE_TAG is set but SOURCE_REVISION is not: set both in release.env'

case $tag in
  *[!a-z0-9.-]* | [!a-z0-9]* | *[!a-z0-9] | *..* | *.-* | *-.*)
    refuse "IMAGE_TAG '$tag' is not a valid release name: use lower-case letters and digits, separated by single dots or dashes, such as 1.4.0"
    ;;
esac
case $revision in
  *[!0-9a-f]*) refuse "SOURCE_REVISION '$revision' is not a full commit ID: use the output of 'git rev-parse HEAD' in the source repository" ;;
esac
case ${#revision} in
  40 | 64) ;;
  *) refuse "SOURCE_REVISION '$revision' is not a full commit ID: it has ${#revision} digits instead of 40" ;;
esac

run=$APP-$tag-$(printf '%.8s' "$revision")
# Tekton allows 63 characters; the dashes and the commit take 10 of them.
[ "${#run}" -le 63 ] || refuse "IMAGE_TAG '$tag' is too long: the name of a run has room for at most $((53 - ${#APP})) characters"

manifest=$HOME/pipelinerun.yaml
sed -e "s/@RUN@/$run/g" -e "s/@IMAGE_TAG@/$tag/g" -e "s/@SOURCE_REVISION@/$revision/g" "$TEMPLATE" > "$manifest"

attempt=1
while :; do
  if answer=$(kubectl create -f "$manifest" 2>&1); then
    say "requested $tag: created PipelineRun $run"
    exit 0
  fi
  # Usually the run exists already. Retry on any other error, since the API may be unavailable for a moment.
  if known=$(kubectl get -f "$manifest" -o 'jsonpath={.spec.params[?(@.name=="source-revision")].value} {.status.conditions[0].reason}' 2> /dev/null); then
    built=${known%% *}
    state=${known#"$built"}
    state=${state# }
    [ "$built" = "$revision" ] || refuse "PipelineRun $run already exists for another commit ('$built'): choose another IMAGE_TAG"
    say "$tag was already requested: PipelineRun $run exists (${state:-not started yet}), nothing to do"
    exit 0
  fi
  printf 'release: attempt %s of 5: %s\n' "$attempt" "$answer" >&2
  [ "$attempt" -lt 5 ] || fail "could not create PipelineRun $run"
  sleep $((attempt * 3))
  attempt=$((attempt + 1))
done
