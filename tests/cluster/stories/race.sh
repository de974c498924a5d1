# Somebody pushes at the moment at which the pipeline does: both commits stay.
new_service
set_up
within 120 synced_and_healthy delivery staging production

step 'the server holds the push of the pipeline until another one is through'
hook=/srv/git/acme/shop-gitops.git/hooks/pre-receive
cat > "$hook" << 'END'
#!/bin/sh
if [ "$REMOTE_USER" = bot ] && [ ! -e held ]; then
  : > held
  for _ in $(seq 60); do [ -e go ] && exit 0; sleep 1; done
fi
END
chmod +x "$hook"
commit=$(git -C "$SOURCE" rev-parse HEAD)
push_release 1.0.0 "$commit"
within 300 test -e /srv/git/acme/shop-gitops.git/held
echo 'A note.' >> "$MANIFESTS/NOTES.md"
push_manifests 'a note'
note=$(git -C "$MANIFESTS" rev-parse HEAD)
touch /srv/git/acme/shop-gitops.git/go

step 'the pipeline commits on top of it'
released 1.0.0 "$commit"
says 'trying again' task_log "$(run_of 1.0.0 "$commit")" deploy-app
git -C /srv/git/acme/shop-gitops.git merge-base --is-ancestor "$note" main || wrong 'the note is gone'
