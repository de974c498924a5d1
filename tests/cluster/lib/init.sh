#!/usr/bin/env bash
# The first process in the namespaces of the node: gives it a root file system of its own, and then does nothing but
# hold it. Everything that the cluster runs ends with this process, and every mount and address goes with it.
set -euo pipefail
# shellcheck source=tests/cluster/lib/env.sh
. "$(dirname "$0")/env.sh"

# The process's number as the machine counts it: what /proc says before it is mounted anew.
read -r pid _ < /proc/self/stat

root=$CLUSTER/root
mkdir -p "$CLUSTER"/{root,upper,work,kubelet,etcd,git,registry,volumes,logs} "$CACHE/containerd"
mount -t overlay overlay -o "lowerdir=$(part node)/root,upperdir=$CLUSTER/upper,workdir=$CLUSTER/work" "$root"

# What containers are made in may not lie on an overlay.
share() { # SOURCE TARGET
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
}
share "$SUITE" /suite
share "$CACHE/pki" /pki
share "$CACHE/images" /images
share "$CACHE/containerd" /var/lib/containerd
share "$CLUSTER/kubelet" /var/lib/kubelet
share "$CLUSTER/etcd" /var/lib/etcd
share "$CLUSTER/git" /srv/git
share "$CLUSTER/registry" /srv/registry
share "$CLUSTER/volumes" /srv/volumes
share "$LOGS" /var/log/cluster
for name in own kubernetes tekton triggers pruner argocd rollouts kube_router; do share "$(part "$name")" "/parts/$name"; done
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
printf '%s\n' "127.0.0.1 localhost" "$NODE_IP node" "$GIT_IP $GIT_HOST" "$REGISTRY_IP $REGISTRY_HOST" > "$root/etc/hosts"
printf 'nameserver %s\n' "$DNS_IP" > "$root/etc/resolv.conf"
cat "$CACHE/pki/services.crt" >> "$root/etc/ssl/certs/ca-certificates.crt"

hostname node
cd "$root"
mkdir -p .machine
pivot_root . .machine
mount --make-rprivate /.machine
printf '%s\n' "$pid" > "/.machine$CLUSTER/pid"
umount -l /.machine
# Volumes reach Pods through mounts that are made later.
mount --make-rshared /
exec chroot . /usr/bin/tini -- sleep infinity
