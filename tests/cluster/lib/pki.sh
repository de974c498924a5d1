#!/usr/bin/env bash
# Makes the certificates, once: a CA for the cluster, one for its extension servers, and one for the Git server and the
# registry, each with what it signs. Prints nothing.
set -euo pipefail
# shellcheck source=tests/cluster/lib/env.sh
. "$(dirname "$0")/env.sh"

[ ! -e "$CACHE/pki/done" ] || exit 0
rm -rf "$CACHE/pki"
mkdir -p "$CACHE/pki"
cd "$CACHE/pki"

authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -days 3650 -subj "/CN=$1" 2> /dev/null \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
}

# certificate NAME AUTHORITY SUBJECT [ALTERNATIVE-NAMES]
certificate() {
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$3" 2> /dev/null
  printf 'keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n%s\n' "${4:+subjectAltName=$4}" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 3650 -extfile "$1.ext" -out "$1.crt" 2> /dev/null
}

# kubeconfig USER: for the user with that certificate.
kubeconfig() {
  cat > "$1.conf" << END
apiVersion: v1
kind: Config
current-context: cluster
clusters: [{name: cluster, cluster: {server: "https://$NODE_IP:6443", certificate-authority-data: $(base64 -w 0 kubernetes.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w 0 "$1.crt"), client-key-data: $(base64 -w 0 "$1.key")}}]
contexts: [{name: cluster, context: {cluster: cluster, user: $1}}]
END
  chmod 600 "$1.conf"
}

authority kubernetes
authority front-proxy
authority services
certificate apiserver kubernetes /CN=kube-apiserver "IP:$NODE_IP,IP:$API_SERVICE_IP,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
certificate kubelet-client kubernetes /O=system:masters/CN=kube-apiserver-kubelet-client
certificate front-proxy-client front-proxy /CN=front-proxy-client
certificate admin kubernetes /O=system:masters/CN=admin
certificate controller-manager kubernetes /CN=system:kube-controller-manager
certificate scheduler kubernetes /CN=system:kube-scheduler
certificate proxy kubernetes /CN=system:kube-proxy
certificate node kubernetes /O=system:nodes/CN=system:node:node "IP:$NODE_IP,DNS:node"
certificate git services "/CN=$GIT_HOST" "DNS:$GIT_HOST"
certificate registry services "/CN=$REGISTRY_HOST" "DNS:$REGISTRY_HOST"
openssl genrsa -out service-accounts.key 2048 2> /dev/null
openssl rsa -in service-accounts.key -pubout -out service-accounts.pub 2> /dev/null
for user in admin controller-manager scheduler proxy node; do kubeconfig "$user"; done
touch "$CACHE/pki/done"
