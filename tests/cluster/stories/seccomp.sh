# A kubelet with `seccompDefault: true` forbids the build's user namespaces: the log says so, and docs/setup.md has the cure.
new_service
set_up
within 120 synced_and_healthy delivery staging production
commit=$(git -C "$SOURCE" rev-parse HEAD)
run=$(run_of 1.0.0 "$commit")

step 'the build names the section of docs/setup.md'
/suite/lib/start.sh stop kubelet
SECCOMP_DEFAULT=true /suite/lib/start.sh node
push_release 1.0.0 "$commit"
ended "$run" Failed
says 'build-image: this node allows no user namespaces in this Pod: see "Prerequisites" in docs/setup.md' task_log "$run" build-image

step 'the profile of docs/setup.md, in the step'
mkdir -p /var/lib/kubelet/seccomp
echo '{"defaultAction": "SCMP_ACT_ALLOW"}' > /var/lib/kubelet/seccomp/build.json
git -C "$MANIFESTS" pull -q
says '`seccompProfile: {type: Localhost, localhostProfile: FILE}`' cat "$MANIFESTS/docs/setup.md"
sed -i '0,/^    securityContext:/s//&\n      seccompProfile: {type: Localhost, localhostProfile: build.json}/' "$MANIFESTS/delivery/pipeline/build-image.yaml"
treenail check "$MANIFESTS" > /dev/null
push_manifests 'a profile for the build'
within 120 at_head delivery
retry_release "$run"
released 1.0.0 "$commit"

step 'the kubelet is as before'
/suite/lib/start.sh stop kubelet
/suite/lib/start.sh node
