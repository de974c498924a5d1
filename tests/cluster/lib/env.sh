# Where everything is: the cache, the node, its addresses. Read by every script of the suite.
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by the scripts that read this file

say() { printf '%s %s\n' "$(date -u +%T)" "$*"; }
fail() {
  printf 'cluster: %s\n' "$*" >&2
  exit 1
}

SUITE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/cluster/versions
. "$SUITE/versions"

# The cache outlives a run: parts and images, by name and version. `up` makes the rest anew.
CACHE=${TREENAIL_CLUSTER_CACHE:-$HOME/.cache/treenail-cluster}
PARTS=$CACHE/parts
CLUSTER=$CACHE/cluster
LOGS=$CLUSTER/logs

# All addresses are of the range for tests of networks (RFC 2544), and exist in the namespace of the node only.
NODE_IP=198.18.255.1
GIT_IP=198.18.255.2
REGISTRY_IP=198.18.255.3
POD_CIDR=198.18.0.0/17
SERVICE_CIDR=198.19.0.0/16
API_SERVICE_IP=198.19.0.1
DNS_IP=198.19.0.10
# The cgroup that all containers are below: two clusters with two caches can run side by side.
CGROUP=treenail-cluster-$(printf %s "$CACHE" | cksum | cut -d ' ' -f 1)
GIT_HOST=git.example.test
REGISTRY_HOST=registry.example.test

PART_NAMES='node own kubernetes kustomize tekton triggers pruner argocd rollouts coredns kube_router local_path'

# Where a part is: a folder named after what it is made of.
part() {
  local sources=$SUITE/parts/$1 version upper=${1^^}
  case $1 in
    own) version=$(cat "$sources"/*/*.go | sha256sum | cut -c 1-12) ;;
    node) version=$DEBIAN-$(sha256sum < "$sources/packages" | cut -c 1-12) ;;
    *) version=${!upper} ;;
  esac
  printf '%s/%s-%s' "$PARTS" "$1" "$version"
}

# Prints what this machine lacks for a cluster, all at once; fails if that is nothing.
lacking() {
  local missing=() command
  [ "$(uname -s)" = Linux ] || { printf 'needs Linux, for namespaces and cgroups' && return; }
  [ "$(id -u)" = 0 ] || missing+=(root)
  for command in go python3 mmdebstrap openssl unshare nsenter ip; do
    command -v "$command" > /dev/null || missing+=("$command")
  done
  [ "${#missing[@]}" -gt 0 ] || return 1
  printf 'needs %s (in Debian: apt-get install golang python3-venv mmdebstrap openssl util-linux iproute2)' "${missing[*]}"
}

# Prints why a cluster cannot be started at once; fails if it can.
not_ready() {
  local name
  lacking && return
  unshare --mount --net --pid --ipc --uts --fork true 2> /dev/null || { printf 'this machine permits no namespaces' && return; }
  for name in $PART_NAMES; do
    [ -e "$(part "$name")/done" ] || { printf 'tests/cluster/up has not built %s yet' "$(basename "$(part "$name")")" && return; }
  done
  [ -e "$CACHE/prepared/key" ] || { printf 'tests/cluster/up has not started one yet' && return; }
  ! being_played || { printf 'others are being played' && return; }
  return 1
}

# Takes the right to play stories, which one `run` has at a time; fails if another has it.
take_turn() {
  mkdir -p "$CACHE"
  exec 9> "$CACHE/lock"
  flock --nonblock 9
}
being_played() { (! take_turn); }

# The number of the node's first process, if the cluster runs.
running() {
  local pid
  [ -s "$CLUSTER/pid" ] && read -r pid < "$CLUSTER/pid" && [ -d "/proc/$pid" ] &&
    [ "$(readlink "/proc/$pid/root")" = / ] && grep -q ' /suite ' "/proc/$pid/mountinfo" && printf '%s\n' "$pid"
}

# The set of versions that the cluster was started with.
versions_of_cluster() { cat "$CLUSTER/versions" 2> /dev/null || true; }

# Runs a command in the node.
enter() {
  local pid
  pid=$(running) || fail 'the cluster does not run: tests/cluster/up starts it'
  nsenter --target "$pid" --mount --net --pid --ipc --uts --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" \
    KUBECONFIG=/pki/admin.conf TREENAIL_CLUSTER_CACHE="$CACHE" TREENAIL_CLUSTER_VERSIONS="$(versions_of_cluster)" "$@"
}

# Builds the program, unless TREENAIL names one.
build_treenail() {
  [ -z "${TREENAIL:-}" ] || return 0
  (cd "$SUITE/../.." && cargo build --locked --quiet)
  TREENAIL=$SUITE/../../target/debug/treenail
}

# Puts the program into the node: under a name that is not in the way of a new one, until it is there as a whole.
give_treenail() {
  enter sh -c 'cat > /usr/local/bin/treenail.new && chmod +x /usr/local/bin/treenail.new && mv /usr/local/bin/treenail.new /usr/local/bin/treenail' < "$TREENAIL"
}
