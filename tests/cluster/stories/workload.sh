# What the answers say about the container: its user, what it may write, its health checks, how it starts and ends.
new_service --set user-id=
set_up
within 120 synced_and_healthy delivery staging production

serving() { kubectl -n shop-staging get endpointslices -l kubernetes.io/service-name=shop -o json | jq '[.items[].endpoints[]? | select(.conditions.ready)] | length'; }
pods() { kubectl -n shop-staging get pods -l app.kubernetes.io/name=shop --field-selector=status.phase=Running -o name; }
restarts() { kubectl -n shop-staging get pods -l app.kubernetes.io/name=shop -o 'jsonpath={range .items[*]}{.status.containerStatuses[0].restartCount}{"\n"}{end}' | sort -u; }
# With it, the application is not ready.
sick() {
  local pod
  for pod in $(pods); do kubectl -n shop-staging exec "$pod" -- sh -c "echo $1 > /tmp/health"; done
}
# release TAG COMMIT: until the image's own user answers.
release() {
  push_release "$1" "$2"
  ended "$(run_of "$1" "$2")" Succeeded
  within 180 runs_digest staging
  within 30 is "version $1, user 1234" answer staging
}

step 'the user of the image, and /tmp as the only folder to write to'
cat > "$SOURCE/start" << 'END'
#!/bin/sh
for folder in /tmp /data /.; do
  if touch "$folder/written" 2> /dev/null; then echo "can write to $folder"; else echo "cannot write to $folder"; fi
done
exec /app
END
chmod +x "$SOURCE/start"
cat > "$SOURCE/Dockerfile" << 'END'
FROM registry.example.test/library/base:1
RUN echo shop:x:1000:1000::/:/bin/sh >> /etc/passwd && mkdir /data && chmod 777 /data && ln -s /tmp/health /health
COPY app start version /
USER 1234
ENTRYPOINT ["/start"]
END
release 1.0.0 "$(change_source 1.0.0)"
says 'can write to /tmp' kubectl -n shop-staging logs deployment/shop
says 'cannot write to /data' kubectl -n shop-staging logs deployment/shop
says 'cannot write to /.' kubectl -n shop-staging logs deployment/shop

step 'one selector finds all of it, and Pods show their release'
parts() { kubectl -n shop-staging get deployments,poddisruptionbudgets,services,serviceaccounts -l app.kubernetes.io/part-of=shop -o name | sort | tr '\n' ' '; }
is 'deployment.apps/shop poddisruptionbudget.policy/shop service/shop serviceaccount/shop ' parts || wrong "$(parts)"
of_release() { kubectl -n shop-staging get pods -l "app.kubernetes.io/version=$1" --field-selector=status.phase=Running -o name | wc -l; }
is 2 of_release 1.0.0
is "$(git -C "$SOURCE" rev-parse HEAD)" kubectl -n shop-staging get deployment shop -o 'jsonpath={.metadata.annotations.org\.opencontainers\.image\.revision}'

step 'a Pod that is not ready gets no requests, and is not restarted'
sick bad
within 60 is 0 serving
sleep 75
is 0 restarts || wrong "restarts: $(restarts)"
sick good
within 60 is 2 serving

step 'a release while it serves: no request fails'
touch "$WORK/asking"
trap 'rm -f "$WORK/asking"' EXIT
address=$(kubectl -n shop-staging get service shop -o 'jsonpath={.spec.clusterIP}')
for person in 1 2 3 4; do
  while [ -e "$WORK/asking" ]; do
    curl -sSf --max-time 3 "http://$address/" >> "$WORK/answers-$person" 2>> "$WORK/no-answer" || date +%T >> "$WORK/no-answer"
  done &
done
release 1.1.0 "$(change_source 1.1.0)"
# Until the last of the old Pods is gone.
within 60 is 0 of_release 1.0.0
rm "$WORK/asking"
wait
[ "$(cat "$WORK"/answers-* | grep -c '^version 1.1.0')" -gt 100 ] || wrong 'hardly anybody asked'
[ ! -s "$WORK/no-answer" ] || wrong "$(cat "$WORK/no-answer")"

step 'an image whose user is a name does not start: watch says why, and what ran still serves'
commit=$(change_source 1.2.0 "sed -i 's/^USER 1234/USER shop/' Dockerfile")
push_release 1.2.0 "$commit"
ended "$(run_of 1.2.0 "$commit")" Succeeded
git -C "$MANIFESTS" pull -q --rebase
refresh staging
(cd "$MANIFESTS" && treenail watch > "$WORK/watched" 2>&1) && wrong "watch finds nothing: $(cat "$WORK/watched")"
cat "$WORK/watched" >> "$WORK/terminal"
says 'non-numeric user (shop)' cat "$WORK/watched"
within 30 is 'version 1.1.0, user 1234' answer staging

step 'with its number in the answers it does'
(cd "$MANIFESTS" && treenail upgrade --yes --set user-id=1000 --set health-check=tcp >> "$WORK/terminal" 2>&1) || wrong 'the upgrade fails'
git -C "$MANIFESTS" push -q
within 180 runs_digest staging
within 30 is 'version 1.2.0, user 1000' answer staging
says 'tcpSocket' kubectl -n shop-staging get deployment shop -o 'jsonpath={.spec.template.spec.containers[0].readinessProbe}'
