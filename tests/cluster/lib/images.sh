#!/usr/bin/env bash
# Makes the images, unless the container runtime has them from before. `start.sh` gives them to it.
set -euo pipefail
# shellcheck source=tests/cluster/lib/env.sh
. "$(dirname "$0")/env.sh"

key=$({ for name in $PART_NAMES; do part "$name"; done && cat "$SUITE/lib/images.py" "$CACHE/pki/services.crt"; } | sha256sum)
mkdir -p "$CACHE/images"
[ "$(cat "$CACHE/containerd/images" 2> /dev/null)" != "$key" ] || exit 0

say 'making the images'
rm -rf "$CACHE/images" "$CACHE/containerd"
mkdir -p "$CACHE/images"
for name in $PART_NAMES; do
  export "PART_${name^^}=$(part "$name")"
done
export CA=$CACHE/pki/services.crt ARCHITECTURE
ARCHITECTURE=$(go env GOARCH)
BUSYBOX_APPLETS=$("$(part node)/root/usr/bin/busybox" --list) python3 "$SUITE/lib/images.py" "$CACHE/images/layout"
printf '%s\n' "$key" > "$CACHE/images/key"
