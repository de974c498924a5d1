# A release that a newer one overtakes leaves the deployment to it.
new_service
set_up
within 120 synced_and_healthy delivery staging production

step 'a release is asked for while another is being built'
first=$(change_source 1.0.0 "sed -i 's/^USER/RUN sleep 20\nUSER/' Dockerfile")
push_release 1.0.0 "$first"
within 120 requested "$(run_of 1.0.0 "$first")"
second=$(change_source 1.1.0 "sed -i '/^RUN sleep/d' Dockerfile")
push_release 1.1.0 "$second"

step 'only the newer one is deployed'
released 1.1.0 "$second"
ended "$(run_of 1.0.0 "$first")" Succeeded
says 'no longer requests 1.0.0' task_log "$(run_of 1.0.0 "$first")" deploy-app
is 1 deployments || wrong "$(deployments) commits deploy something"
