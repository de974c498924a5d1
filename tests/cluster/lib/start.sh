#!/usr/bin/env bash
# Starts the node's programs, in the node: Git server, registry, containerd, and Kubernetes. What runs is left alone.
#   start.sh STEP...
#   start.sh stop NAME
#   start.sh lose_power
set -euo pipefail
# shellcheck source=tests/cluster/lib/env.sh
. /suite/lib/env.sh
export KUBECONFIG=/pki/admin.conf

# start NAME COMMAND...: unless it runs. Its log is /var/log/cluster/NAME.log.
start() {
  local name=$1 pid
  shift
  if [ -s "/run/$name.pid" ] && read -r pid < "/run/$name.pid" && kill -0 "$pid" 2> /dev/null; then return; fi
  setsid "$@" >> "/var/log/cluster/$name.log" 2>&1 < /dev/null &
  printf '%s\n' "$!" > "/run/$name.pid"
}

# until_done SECONDS WHAT COMMAND...
until_done() {
  local limit=$1 what=$2 started=$SECONDS
  shift 2
  until "$@" > /dev/null 2>&1; do
    [ $((SECONDS - started)) -lt "$limit" ] || fail "$what after $limit s: see $LOGS"
    sleep 0.2
  done
}

network() {
  ip link show services > /dev/null 2>&1 && return
  ip link set lo up
  # Both ends stay here: an interface that addresses and the route of the Services can be given to.
  ip link add services type veth peer name peer
  ip link set services up
  ip link set peer up
  local address
  for address in "$NODE_IP" "$GIT_IP" "$REGISTRY_IP"; do ip address add "$address/32" dev services; done
  ip route add "$SERVICE_CIDR" dev services src "$NODE_IP"
  sysctl -q -w net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
}

git_server() {
  git config --system --replace-all safe.directory '*'
  [ -e /srv/git/users ] || printf '%s\n' \
    '* - acme/shop=r' \
    'argocd argocd-token acme/shop-gitops=r' \
    'bot bot-token acme/shop-gitops=rw' \
    'reader reader-token acme/shop=r acme/private=r' \
    'dev dev-token acme/shop=rw acme/shop-gitops=rw acme/private=rw' > /srv/git/users
  start git /parts/own/gitserver -listen "$GIT_IP:443" -cert /pki/git.crt -key /pki/git.key -root /srv/git -users /srv/git/users
  ssh_server
}

# Git over SSH: a deploy key is a line of /srv/git/keys, with the repository and the rights that it gives.
ssh_server() {
  getent passwd git > /dev/null || useradd --key UID_MIN=0 --non-unique --uid 0 --gid 0 --home-dir /srv/git --shell /bin/sh --password '*' git
  mkdir -p /run/sshd
  cat > /etc/ssh/git_config << END
ListenAddress $GIT_IP
AllowUsers git
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
AuthorizedKeysFile /srv/git/keys
END
  start ssh /usr/sbin/sshd -D -e -f /etc/ssh/git_config
}

registry() {
  [ -e /srv/registry/users ] || { htpasswd -Bbn pusher push-token && htpasswd -Bbn puller pull-token; } > /srv/registry/users
  cat > /etc/registry.yaml << END
version: 0.1
storage: {filesystem: {rootdirectory: /srv/registry}, delete: {enabled: true}}
http: {addr: "$REGISTRY_IP:443", tls: {certificate: /pki/registry.crt, key: /pki/registry.key}}
auth: {htpasswd: {realm: registry, path: /srv/registry/users}}
END
  start registry docker-registry serve /etc/registry.yaml
}

container_runtime() {
  mkdir -p "/etc/containerd/hosts/$REGISTRY_HOST" /etc/cni/net.d
  cat > "/etc/containerd/hosts/$REGISTRY_HOST/hosts.toml" << END
server = "https://$REGISTRY_HOST"
[host."https://$REGISTRY_HOST"]
  capabilities = ["pull", "resolve"]
  ca = "/pki/services.crt"
END
  cat > /etc/containerd/config.toml << 'END'
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # A container may lack the right to be spared more than this program.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    discard_unpacked_layers = true
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/hosts"
END
  cat > /etc/cni/net.d/10-pods.conflist << END
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "pods", "isDefaultGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "/run/ipam", "ranges": [[{"subnet": "$POD_CIDR"}]]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END
  start containerd containerd
  until_done 30 'containerd does not answer' ctr version
  # What an earlier cluster left.
  [ -e /run/kubelet.pid ] || ctr -n k8s.io containers list -q | xargs -r ctr -n k8s.io containers delete
  # They are kept by it only.
  if [ -d /images/layout ]; then
    tar -C /images/layout -c . | ctr -n k8s.io images import --digests=false - > /var/log/cluster/images.log
    skopeo copy --quiet oci:/images/layout:base oci:/images/base:1
    mv /images/key /var/lib/containerd/images
    rm -r /images/layout
  fi
}

# What the Dockerfiles of the stories start from.
base_image() {
  skopeo copy --quiet --dest-creds pusher:push-token oci:/images/base:1 "docker://$REGISTRY_HOST/library/base:1"
}

etcd() {
  start etcd /parts/kubernetes/etcd --data-dir /var/lib/etcd --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
}

control_plane() {
  cat > /etc/kubernetes/audit.yaml << 'END'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-scheduler", "system:kube-proxy", "system:apiserver", "system:kube-controller-manager"]
- level: None
  resources: [{group: coordination.k8s.io}, {group: "", resources: [events]}, {group: events.k8s.io}]
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
END
  start kube-apiserver kube-apiserver --advertise-address="$NODE_IP" --bind-address="$NODE_IP" --secure-port=6443 \
    --etcd-servers=http://127.0.0.1:2379 --service-cluster-ip-range="$SERVICE_CIDR" --allow-privileged=true \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --client-ca-file=/pki/kubernetes.crt \
    --tls-cert-file=/pki/apiserver.crt --tls-private-key-file=/pki/apiserver.key \
    --kubelet-client-certificate=/pki/kubelet-client.crt --kubelet-client-key=/pki/kubelet-client.key \
    --kubelet-certificate-authority=/pki/kubernetes.crt --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file=/pki/service-accounts.pub --service-account-signing-key-file=/pki/service-accounts.key \
    --requestheader-client-ca-file=/pki/front-proxy.crt --requestheader-allowed-names=front-proxy-client \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User \
    --proxy-client-cert-file=/pki/front-proxy-client.crt --proxy-client-key-file=/pki/front-proxy-client.key \
    --audit-policy-file=/etc/kubernetes/audit.yaml --audit-log-path=/var/log/cluster/audit.log
  until_done 120 'the API server is not ready' kubectl get --raw /readyz
  start kube-controller-manager kube-controller-manager --kubeconfig=/pki/controller-manager.conf --bind-address=127.0.0.1 --leader-elect=false \
    --use-service-account-credentials --service-account-private-key-file=/pki/service-accounts.key --root-ca-file=/pki/kubernetes.crt \
    --cluster-signing-cert-file=/pki/kubernetes.crt --cluster-signing-key-file=/pki/kubernetes.key
  start kube-scheduler kube-scheduler --kubeconfig=/pki/scheduler.conf --authentication-kubeconfig=/pki/scheduler.conf \
    --authorization-kubeconfig=/pki/scheduler.conf --bind-address=127.0.0.1 --leader-elect=false
}

# The Pods of the state that this cluster starts from ran on a node that is gone.
forget_pods() {
  kubectl delete pods --all --all-namespaces --force --grace-period=0 > /dev/null 2>&1
}

node() {
  cat > /etc/kubernetes/kubelet.yaml << END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: /pki/kubernetes.crt}}
authorization: {mode: Webhook}
address: $NODE_IP
healthzBindAddress: 127.0.0.1
tlsCertFile: /pki/node.crt
tlsPrivateKeyFile: /pki/node.key
cgroupDriver: cgroupfs
# All of its containers are below this, and nothing else is.
cgroupRoot: /$CGROUP
seccompDefault: ${SECCOMP_DEFAULT:-false}
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [$DNS_IP]
resolvConf: /etc/resolv.conf
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
# The images cannot be pulled again.
imageGCHighThresholdPercent: 100
# The disk is the machine's: a share of it says nothing.
evictionHard: {memory.available: 200Mi, nodefs.available: 200Mi, imagefs.available: 200Mi}
END
  local folder
  for folder in /sys/fs/cgroup/*/; do
    [ -h "${folder%/}" ] || [ ! -e "$folder/cgroup.procs" ] || mkdir -p "$folder/$CGROUP"
  done
  start kubelet kubelet --kubeconfig=/pki/node.conf --config=/etc/kubernetes/kubelet.yaml --hostname-override=node --node-ip="$NODE_IP" --v=2
  # It ends when its configuration is written.
  [ -e /etc/kubernetes/proxy.yaml ] || cat > /etc/kubernetes/proxy.yaml << END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: /pki/proxy.conf}
bindAddress: $NODE_IP
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
mode: iptables
clusterCIDR: $POD_CIDR
hostnameOverride: node
# These are settings of the whole machine.
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
END
  start kube-proxy kube-proxy --config=/etc/kubernetes/proxy.yaml
  until_done 60 'the node is not registered' kubectl get node node
  # It ends where it finds no node.
  start kube-router /parts/kube_router/kube-router --kubeconfig=/pki/admin.conf --hostname-override=node --run-firewall=true \
    --run-router=false --run-service-proxy=false --run-loadbalancer=false --service-cluster-ip-range="$SERVICE_CIDR" \
    --health-port=0 --metrics-port=0
  kubectl wait --for=condition=Ready node/node --timeout=120s > /dev/null
}

# stop NAME: waits until it has ended, but not for whoever still has a connection to it.
stop() {
  local pid
  read -r pid < "/run/$1.pid"
  kill "$pid"
  timeout 10 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
  until_done 30 "$1 did not end" test ! -d "/proc/$pid"
}

# The node loses its power in the middle of everything. Git and the registry are elsewhere.
lose_power() {
  local name pid mounted
  for name in kubelet kube-proxy kube-router containerd kube-apiserver kube-controller-manager kube-scheduler etcd; do
    read -r pid < "/run/$name.pid"
    kill -KILL "$pid"
    until_done 30 "$name did not end" test ! -d "/proc/$pid"
  done
  pkill -KILL -f '^/usr/bin/containerd-shim' || true
  find /sys/fs/cgroup/*/"$CGROUP" -name cgroup.procs -exec cat {} + | sort -u | xargs -r kill -KILL 2> /dev/null || true
  # What is in memory is gone.
  for mounted in $(awk '$2 ~ "^/(run/(containerd|netns)|var/lib/kubelet/pods)/" { print $2 }' /proc/mounts | sort -r); do umount -l "$mounted"; done
  rm -rf /run/containerd /run/netns /run/ipam
  find /sys/fs/cgroup/*/"$CGROUP" -mindepth 1 -depth -type d -exec rmdir {} + 2> /dev/null || true
}

mkdir -p /etc/kubernetes
for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
  ln -sf /parts/kubernetes/kube "/usr/local/bin/$name"
done
case $1 in
  stop) stop "$2" ;;
  *) for step; do "$step"; done ;;
esac
