# What limits every commit is out of a commit's reach: Pod Security, access rights, quotas and network policies.
new_service
set_up
within 120 synced_and_healthy delivery staging production
cd "$MANIFESTS" || exit
git pull -q
good=$(git rev-parse HEAD)

# What the limits are, without what the cluster writes about them.
limits() {
  local namespace
  for namespace in shop-delivery shop-staging shop-production; do
    kubectl get namespace "$namespace" -o 'jsonpath={.metadata.labels}'
    kubectl -n "$namespace" get resourcequotas,limitranges,networkpolicies,roles,rolebindings,serviceaccounts -o json |
      jq -cS '.items[] | [.kind, .metadata.name, .metadata.uid, .spec, .rules, .subjects, .roleRef]'
  done
}
before=$(limits)

# refused APPLICATION KIND: Argo CD refuses the commit for that kind, and names its project; no limit changes.
refused() {
  within 120 says "$2 is not permitted in project" result_of "$1"
  is "$before" limits || wrong "the limits changed: $(diff <(printf '%s\n' "$before") <(limits))"
  git read-tree -u --reset "$good"
  push_manifests 'as before'
}
result_of() {
  refresh "$1"
  application "$1" conditions operationState.message operationState.syncResult.resources
}

# adds FOLDER: standard input is one more manifest there.
adds() {
  cat > "$1/added.yaml"
  grep -q '^resources:$' "$1/kustomization.yaml" || echo 'resources:' >> "$1/kustomization.yaml"
  sed -i 's/^resources:$/&\n- added.yaml/' "$1/kustomization.yaml"
  push_manifests "$STEP"
}

step 'a commit that lowers the Pod Security of an environment'
adds deploy/overlays/staging/settings << 'END'
apiVersion: v1
kind: Namespace
metadata:
  name: shop-staging
  labels:
    pod-security.kubernetes.io/enforce: privileged
END
refused staging Namespace

step 'a commit that lowers that of the pipeline'
adds delivery << 'END'
apiVersion: v1
kind: Namespace
metadata:
  name: shop-delivery
  labels:
    pod-security.kubernetes.io/enforce: privileged
END
refused delivery Namespace

step 'a commit that lets the trigger read every Secret'
adds delivery << 'END'
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: release-trigger
rules:
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list]
END
refused delivery Role

step 'a commit that binds it to a role of the cluster'
adds delivery << 'END'
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: release-trigger-admin
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: admin
subjects:
- kind: ServiceAccount
  name: release-trigger
  namespace: shop-delivery
END
refused delivery RoleBinding

step 'a commit that lifts the quota'
adds delivery << 'END'
apiVersion: v1
kind: ResourceQuota
metadata:
  name: delivery
spec:
  hard:
    pods: "1000"
END
refused delivery ResourceQuota

step 'a commit that opens every port'
adds deploy/overlays/staging/settings << 'END'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: everybody
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - {}
END
refused staging NetworkPolicy

step 'afterwards a release runs as before'
git pull -q --rebase
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
released 1.0.0 "$commit"
is "$before" limits || wrong "the limits changed: $(diff <(printf '%s\n' "$before") <(limits))"

step 'an administrator changes them'
git pull -q --rebase
sed -i 's/pods: "30"/pods: "40"/' argocd/namespaces/delivery/quota.yaml
push_manifests 'room for more releases'
kubectl apply -k argocd > /dev/null
is 40 kubectl -n shop-delivery get resourcequota delivery -o 'jsonpath={.spec.hard.pods}'
within 120 synced_and_healthy delivery staging production
