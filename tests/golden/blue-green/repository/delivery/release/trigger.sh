#!/bin/sh
# Asks Tekton for the release that release.env names, by creating its PipelineRun.
#
# The run's name follows from the release, so asking again, after a retry or another sync, finds the run and
# starts nothing. Whatever does not look like a release is refused before it reaches the cluster.
#
# In: APP, IMAGE_TAG, SOURCE_REVISION, TEMPLATE (the PipelineRun with @NAMES@ to fill), HOME (writable).
set -eu
LC_ALL=C
export LC_ALL

say() { printf 'release: %s\n' "$*"; }
fail() {
  printf 'release: %s\n' "$*" >&2
  exit 1
}

tag=${IMAGE_TAG:-}
revision=${SOURCE_REVISION:-}

if [ -z "$tag" ] && [ -z "$revision" ]; then
  say 'no release is requested yet: set IMAGE_TAG and SOURCE_REVISION in release.env'
  exit 0
fi
[ -n "$tag" ] || fail 'SOURCE_REVISION is set but IMAGE_TAG is not: set both in release.env'
[ -n "$revision" ] || fail 'IMAGE_TAG is set but SOURCE_REVISION is not: set both in release.env'

case $tag in
  *[!a-z0-9.-]* | [!a-z0-9]* | *[!a-z0-9] | *..* | *.-* | *-.*)
    fail "IMAGE_TAG '$tag' does not name a release: use lower-case letters and digits, with single dots or dashes between them, such as 1.4.0"
    ;;
esac
case $revision in
  *[!0-9a-f]*) fail "SOURCE_REVISION '$revision' is not a full commit id: use what 'git rev-parse HEAD' prints in the source repository" ;;
esac
case ${#revision} in
  40 | 64) ;;
  *) fail "SOURCE_REVISION '$revision' is not a full commit id: it has ${#revision} digits, not 40" ;;
esac

run=$APP-$tag-$(printf '%.8s' "$revision")
# Tekton takes 63 characters; the dashes and the commit need 10 of them.
[ "${#run}" -le 63 ] || fail "IMAGE_TAG '$tag' is too long: at most $((53 - ${#APP})) characters fit into the name of a run"

manifest=$HOME/pipelinerun.yaml
sed -e "s/@RUN@/$run/g" -e "s/@IMAGE_TAG@/$tag/g" -e "s/@SOURCE_REVISION@/$revision/g" "$TEMPLATE" > "$manifest"

attempt=1
while :; do
  if answer=$(kubectl create -f "$manifest" 2>&1); then
    say "requested $tag: created PipelineRun $run"
    exit 0
  fi
  # The usual reason is that the run is there already; any other is tried again, since the API may be away for a moment.
  if known=$(kubectl get -f "$manifest" -o 'jsonpath={.spec.params[?(@.name=="source-revision")].value} {.status.conditions[0].reason}' 2> /dev/null); then
    built=${known%% *}
    state=${known#"$built"}
    state=${state# }
    [ "$built" = "$revision" ] || fail "PipelineRun $run exists already and builds another commit ('$built'): choose another IMAGE_TAG"
    say "$tag was requested before: PipelineRun $run exists (${state:-not started yet}), nothing to do"
    exit 0
  fi
  printf 'release: attempt %s of 5: %s\n' "$attempt" "$answer" >&2
  [ "$attempt" -lt 5 ] || fail "could not create PipelineRun $run"
  sleep $((attempt * 3))
  attempt=$((attempt + 1))
done
