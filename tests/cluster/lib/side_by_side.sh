# Plays stories in several clusters at the same time. Read by `run`.
# shellcheck shell=bash

# side_by_side NUMBER STORY...: like `play`, in that many clusters, each of which takes the next story that none has taken.
# What a story prints is shown when it has ended.
side_by_side() {
  local number=$1 cluster
  shift
  work=$(mktemp -d)
  printf '%s\n' "$@" > "$work/waiting"
  touch "$work/passed"
  trap 'kill $(jobs -p) 2> /dev/null; wait; rm -r "$work"' EXIT
  # They share the parts, so these are built first.
  ! running > /dev/null || fail 'the cluster runs already: tests/cluster/down stops it'
  "$SUITE/lib/build.sh" && "$SUITE/lib/pki.sh"
  for cluster in $(seq "$number"); do
    (one_of_them "$cluster") &
  done
  wait
  printf '\n%s passed, %s failed\n' "$(wc -l < "$work/passed")" "$(($# - $(wc -l < "$work/passed")))"
  [ "$(wc -l < "$work/passed")" = $# ] && exit
  exit 1
}

# Plays what waits, in the cluster of that number: the first is the one that `up` starts.
one_of_them() {
  local story log
  if [ "$1" -gt 1 ]; then
    TREENAIL_CLUSTER_CACHE=$CACHE/beside-$1
    mkdir -p "$TREENAIL_CLUSTER_CACHE"
    ln -sfn "$PARTS" "$TREENAIL_CLUSTER_CACHE/parts"
    cp -r "$CACHE/pki" "$TREENAIL_CLUSTER_CACHE/"
    export TREENAIL_CLUSTER_CACHE
  fi
  trap '"$SUITE/down"' EXIT
  "$SUITE/up"
  while story=$(take "$work/waiting"); do
    log=$work/$story.log
    if "$SUITE/run" "$story" > "$log" 2>&1; then
      printf '%s\n' "$story" >> "$work/passed"
    fi
    # Without its own count.
    head -n -2 "$log"
  done
}

# take FILE: prints and removes the first line; fails if there is none.
take() {
  (
    flock 8
    [ -s "$1" ] && head -n 1 "$1" && sed -i 1d "$1"
  ) 8> "$1.lock"
}
