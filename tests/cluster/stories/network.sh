# Network policies: what must connect does, what must not does not.
new_service
set_up
within 120 synced_and_healthy delivery staging production
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"

# address NAMESPACE POD
address() { kubectl -n "$1" get pod "$2" -o 'jsonpath={.status.podIP}'; }

# as_pod ADDRESS COMMAND...: with the network of the Pod that has it.
as_pod() {
  local address=$1 network
  shift
  for network in /run/netns/*; do
    if nsenter --net="$network" ip -4 -o address show dev eth0 | grep -qF " $address/"; then
      nsenter --net="$network" "$@"
      return
    fi
  done
  wrong "no Pod has the address $address"
}

# A Pod that does nothing, and who listens at its port 9999.
empty_pod() {
  kubectl -n "$1" run empty --image=localhost/pause:1 --image-pull-policy=Never > /dev/null
  kubectl -n "$1" wait pod empty --for=condition=Ready --timeout=60s > /dev/null
  listen "$(address "$1" empty)"
}
listen() { as_pod "$1" setsid busybox nc -ll -p 9999 -e /bin/echo heard > /dev/null 2>&1 < /dev/null & }
heard() { is heard as_pod "$1" timeout 3 bash -c "cat < /dev/tcp/$2/9999"; }
unheard() { ! heard "$1" "$2"; }

step 'a Pod of another namespace reaches the service and its Pods'
kubectl create namespace shop-others > /dev/null
empty_pod shop-others
other=$(address shop-others empty)
pod=$(kubectl -n shop-staging get pods -l app.kubernetes.io/name=shop -o 'jsonpath={.items[0].status.podIP}')
is 'version 1.0.0, user 1000' as_pod "$other" curl -sS --max-time 3 http://shop.shop-staging.svc.cluster.local/
is 'version 1.0.0, user 1000' as_pod "$other" curl -sS --max-time 3 "http://$pod:8080/"

step 'but no other port of them'
listen "$pod"
within 20 heard "$pod" "$pod"
within 20 unheard "$other" "$pod"

step 'nobody reaches a Pod of the pipeline'
empty_pod shop-delivery
building=$(address shop-delivery empty)
within 20 heard "$building" "$building"
within 20 unheard "$other" "$building"
within 20 unheard "$pod" "$building"

step 'which reaches Git, and Pods that no policy is for'
says HEAD as_pod "$building" git ls-remote "https://$GIT_HOST/acme/shop.git" HEAD
within 20 heard "$building" "$other"

step 'no Pod of the service reaches where clouds hand out the credentials of a node'
metadata=169.254.169.254
ip address add "$metadata/32" dev lo
trap 'ip address del "$metadata/32" dev lo' EXIT
setsid busybox nc -ll -p 9999 -e /bin/echo heard > /dev/null 2>&1 < /dev/null &
within 20 heard "$other" "$metadata"
within 20 unheard "$pod" "$metadata"
within 20 unheard "$building" "$metadata"
kubectl -n shop-delivery label pod empty app.kubernetes.io/name=release-trigger > /dev/null
sleep 5
within 20 unheard "$building" "$metadata"
kubectl -n shop-delivery delete pod empty --wait=false > /dev/null
