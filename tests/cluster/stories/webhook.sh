# With a webhook, a release needs nobody who has Argo CD look: neither for the request nor for the digest.
new_service
set_up
within 120 synced_and_healthy delivery staging production

step 'the Git server tells Argo CD of every push, as GitHub does'
cat > /srv/git/acme/shop-gitops.git/hooks/post-receive << END
#!/bin/sh
read -r before after ref
curl -sSk --max-time 5 -H 'X-GitHub-Event: push' -H 'Content-Type: application/json' \\
  "https://$(kubectl -n argocd get service argocd-server -o 'jsonpath={.spec.clusterIP}')/api/webhook" --data @- << BODY
{"ref": "\$ref", "before": "\$before", "after": "\$after", "commits": [],
  "repository": {"html_url": "https://$GIT_HOST/acme/shop-gitops", "default_branch": "main"}}
BODY
END
chmod +x /srv/git/acme/shop-gitops.git/hooks/post-receive
commit=$(git -C "$SOURCE" rev-parse HEAD)
(cd "$MANIFESTS" && treenail release 1.0.0 --revision "$commit" --push > /dev/null)

step 'the release runs'
within 60 kubectl -n shop-delivery get pipelinerun "$(run_of 1.0.0 "$commit")"
within 240 is 'version 1.0.0, user 1000' answer staging
