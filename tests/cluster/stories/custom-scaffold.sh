# A scaffold of one's own, with a question more and another release file: treenail and the cluster take it as any other.
treenail scaffold export service "$WORK/platform" > /dev/null 2>&1

step 'the changes of the how-to, and another name for release.env'
cd "$WORK/platform" || exit
sed -i -e 's/^name: service/name: platform/' -e '/^derived:/i\
- name: team\
  type: label\
  essential: true\
  prompt: Team on duty\
  help: Who is called when the service is down.\
  example: checkout\
' scaffold.yaml
cat >> files/deploy/base/kustomization.yaml << 'END'
labels:
- pairs:
    acme.example.com/team: [= team | yaml_string =]
END
mv files/delivery/release/release.env files/delivery/release/request.env
grep -rlF release.env . | xargs sed -i 's/release\.env/request.env/g'
says 'no problems' treenail scaffold lint .

step 'the set-up by its pages'
SCAFFOLD=$WORK/platform
new_service --set team=checkout
cd "$MANIFESTS" || exit
set_up
within 120 synced_and_healthy delivery staging production

step 'treenail says how to find the scaffold, and takes no other'
! treenail release 1.0.0 --push --yes > "$WORK/said" 2>&1 || wrong 'it releases without it'
says 'these files are of the scaffold `platform`, which is not built in' cat "$WORK/said"
says '`git config treenail.platform.scaffold DIR`' cat "$WORK/said"
says 'these files are of the scaffold `platform`, not of `service`' treenail release 1.0.0 --push --yes --scaffold service
git config treenail.platform.scaffold ../platform

step 'a release'
commit=$(git -C "$SOURCE" rev-parse HEAD)
treenail release 1.0.0 --push --yes >> "$WORK/terminal" 2>&1
says 'IMAGE_TAG=1.0.0' git -C /srv/git/acme/shop-gitops.git cat-file blob main:delivery/release/request.env
refresh delivery
released 1.0.0 "$commit"

step 'every object of an environment names the team'
for object in $(managed_objects staging); do
  is checkout kubectl -n shop-staging get "$object" -o 'jsonpath={.metadata.labels.acme\.example\.com/team}' || wrong "$object does not"
done

step 'promotion'
git pull -q
says 'promote shop 1.0.0 from staging to production' treenail promote --push --yes
refresh production
within 180 runs_digest production

step 'a new version of the scaffold reaches the cluster'
sed -i 's/^version: .*/version: 2.1.0/' ../platform/scaffold.yaml
sed -i 's/^  revisionHistoryLimit: .*/  revisionHistoryLimit: 5/' ../platform/files/deploy/base/WORKLOAD.yaml
says 'scaffold platform 2.0.0 -> 2.1.0' treenail upgrade --yes
git push -q
within 120 at_head staging
is 5 kubectl -n shop-staging get deployment shop -o 'jsonpath={.spec.revisionHistoryLimit}' || wrong 'the Deployment is as before'
within 120 synced_and_healthy delivery staging production
is 1 runs || wrong "$(runs) runs"

step 'rollback'
commit=$(change_source 1.1.0)
treenail release 1.1.0 --push --yes >> "$WORK/terminal" 2>&1
refresh delivery
released 1.1.0 "$commit"
git pull -q
says 'roll shop back in staging from 1.1.0 to 1.0.0' treenail rollback staging --push --yes
within 120 is 'version 1.0.0, user 1000' answer_of staging
