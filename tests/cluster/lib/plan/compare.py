#!/usr/bin/env python3
"""What a cluster did, compared with what `treenail plan --json` said before.

compare.py snapshot [--head COMMIT --since TIME --patience SECONDS] [--succeeds] > FILE
    writes what matters of the cluster. With --head it waits first, until every Application has compared that commit, and
    has synced it or failed to; with --succeeds, a sync that failed is waited for, since it is tried again.
compare.py compare PLAN BEFORE AFTER [--applied] [--synced] [--followed PATHS] [--reverted]
    prints each difference, and `N objects compared, M unknown, D differences`; ends with 1 if there are differences.
    --applied: what no Application renders has been applied by hand; --synced: a person has synced what waits for that;
    --followed: the pipelines have ended, and have committed these paths (a file, one a line);
    --reverted: the commit takes back what failed, so that a sync of it says nothing.

Only modules of Debian's python3-minimal.
"""
import json
import re
import subprocess
import sys
import time

KINDS = """deployments.apps replicasets.apps statefulsets.apps daemonsets.apps cronjobs.batch jobs.batch pods services
configmaps serviceaccounts resourcequotas limitranges networkpolicies.networking.k8s.io ingresses.networking.k8s.io
poddisruptionbudgets.policy horizontalpodautoscalers.autoscaling roles.rbac.authorization.k8s.io
rolebindings.rbac.authorization.k8s.io pipelines.tekton.dev tasks.tekton.dev pipelineruns.tekton.dev""".split()
ARGO_KINDS = ["applications", "applicationsets", "appprojects"]
OWN = "shop-"
HOOK = "argocd.argoproj.io/hook"
# Annotations that the cluster writes, or that only say what was applied.
NOISE = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/refresh",
    "argocd.argoproj.io/application-set-refresh",
}
RUN_KINDS = {"PipelineRun", "TaskRun"}
# What an administrator applies beside the Applications.
LIMITS = {"ServiceAccount", "ResourceQuota", "LimitRange", "NetworkPolicy", "Role", "RoleBinding"}
# Errors of the check that are about Pods: the sync succeeds, and the Pods are refused.
# What Argo CD says of a kind that the cluster does not have.
NO_SUCH_KIND = "the server could not find the requested resource"
POD_SECURITY = {"TN090", "TN091"}
UNKNOWN_FIELD = "TN010"
# What the plan says of such a field of a kind that the API server does not refuse it in.
DROPS = "the API server drops it"


# ---- what the cluster has


def kubectl(*arguments):
    return json.loads(subprocess.run(["kubectl", *arguments, "-o", "json"], check=True, stdout=subprocess.PIPE).stdout)


def refresh():
    subprocess.run(
        ["kubectl", "-n", "argocd", "annotate", "--overwrite", "--all", "applications", "argocd.argoproj.io/refresh=normal"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def key_of(item):
    version, metadata = item["apiVersion"], item["metadata"]
    group = version.split("/")[0] if "/" in version else ""
    return "|".join([group, item["kind"], metadata.get("namespace", ""), metadata["name"]])


def content_of(item):
    """What a manifest may set: everything but the status and what the cluster keeps for itself."""
    metadata = item["metadata"]
    kept = {part: dict(metadata[part]) for part in ("labels", "annotations") if metadata.get(part)}
    for name in NOISE & set(kept.get("annotations", {})):
        del kept["annotations"][name]
    kept = {part: entries for part, entries in kept.items() if entries}
    content = {name: value for name, value in item.items() if name not in ("apiVersion", "kind", "metadata", "status")}
    if item["kind"] == "ApplicationSet":
        # Its controller adds an empty template to each generator.
        for generator in content["spec"]["generators"]:
            for settings in generator.values():
                settings.pop("template", None)
    if kept:
        content["metadata"] = kept
    return content


def owner_of(item):
    owners = item["metadata"].get("ownerReferences") or [{}]
    return owners[0].get("kind", ""), owners[0].get("name", "")


def snapshot():
    """One object for programs: the objects of the service, its workloads with their Pods, runs and Applications."""
    # Of an Application that is at rest, what is read afterwards is what its sync has left.
    argo = kubectl("get", "-n", "argocd", ",".join(f"{kind}.argoproj.io" for kind in ARGO_KINDS))["items"]
    argo = [item for item in argo if item["metadata"]["name"] != "default"]
    items = kubectl("get", "-A", ",".join(KINDS))["items"]
    items = [item for item in items if item["metadata"].get("namespace", "").startswith(OWN)]
    found = {"objects": {}, "hooks": {}, "workloads": {}, "runs": {}, "applications": {}, "declared": {}, "busy": []}
    deployment_of = {}
    for item in items:
        if item["kind"] == "ReplicaSet":
            deployment_of[item["metadata"]["namespace"], item["metadata"]["name"]] = owner_of(item)[1]
    for item in items:
        if is_applied_by_hand(item):
            found["declared"][key_of(item)] = content_of(item)
        else:
            add(found, item, deployment_of)
    for item in kubectl("get", "namespaces")["items"]:
        levels = {name: value for name, value in item["metadata"]["labels"].items() if name.startswith("pod-security")}
        if item["metadata"]["name"].startswith(OWN) and levels:
            found["declared"][key_of(item)] = {"labels": levels}
    for item in argo:
        # What a set makes nobody applies; a sync that is asked for is no part of what was applied.
        if not owner_of(item)[0]:
            found["declared"][key_of(item)] = {name: value for name, value in content_of(item).items() if name != "operation"}
        if item["kind"] == "Application":
            found["applications"][item["metadata"]["name"]] = application(item)
    return found


def is_applied_by_hand(item):
    """What limits the commits: Argo CD neither renders nor tracks it, and nothing else makes it."""
    tracked = "argocd.argoproj.io/tracking-id" in (item["metadata"].get("annotations") or {})
    made = item["kind"] == "ServiceAccount" and item["metadata"]["name"] == "default" or owner_of(item)[0]
    return item["kind"] in LIMITS and not tracked and not made


def add(found, item, deployment_of):
    metadata, kind = item["metadata"], item["kind"]
    namespace, name = metadata["namespace"], metadata["name"]
    annotations = metadata.get("annotations") or {}
    owner_kind, owner = owner_of(item)
    if kind == "Pod":
        if owner_kind != "ReplicaSet":
            return
        workload = f"apps|Deployment|{namespace}|{deployment_of.get((namespace, owner), '')}"
        if metadata.get("deletionTimestamp"):
            found["busy"].append(f"Pod {namespace}/{name} ends")
        elif item["status"].get("phase") in ("Running", "Pending"):
            found["workloads"].setdefault(workload, {"pods": []})["pods"].append(metadata["uid"])
        return
    if kind in RUN_KINDS:
        spec = item["spec"]
        params = {param["name"]: param["value"] for param in spec.get("params", [])}
        pipeline = spec.get("pipelineRef", {}).get("name", "")
        found["runs"][name] = {"namespace": namespace, "uid": metadata["uid"], "pipeline": pipeline, "params": params}
        return
    if HOOK in annotations:
        found["hooks"][key_of(item)] = metadata["uid"]
        return
    is_made = owner_kind or (kind, name) in (("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default"))
    if is_made:
        return
    if metadata.get("deletionTimestamp"):
        found["busy"].append(f"{kind} {namespace}/{name} is being deleted")
    found["objects"][key_of(item)] = {"uid": metadata["uid"], "content": content_of(item)}
    if kind == "Deployment":
        deployment(found, item)


def deployment(found, item):
    status, key = item.get("status", {}), key_of(item)
    wanted = item["spec"].get("replicas", 1)
    conditions = {one["type"]: one["status"] for one in status.get("conditions", [])}
    is_stuck = conditions.get("ReplicaFailure") == "True"
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")]
    is_done = status.get("observedGeneration") == item["metadata"]["generation"] and counts == [wanted] * 4
    workload = found["workloads"].setdefault(key, {"pods": []})
    workload["refused"] = is_stuck
    if not is_done and not is_stuck:
        found["busy"].append(f"Deployment {item['metadata']['namespace']}/{item['metadata']['name']} has {counts} of {wanted}")


def application(item):
    spec, status = item["spec"], item.get("status", {})
    automated = spec.get("syncPolicy", {}).get("automated")
    sources = [spec["source"]] if "source" in spec else spec.get("sources", [])
    operation = status.get("operationState", {})
    result = operation.get("syncResult") or {}
    return {
        "automated": automated is not None and automated.get("enabled", True),
        "folders": [source["path"] for source in sources if source.get("path")],
        "namespace": spec["destination"].get("namespace", ""),
        "sync": status.get("sync", {}).get("status", ""),
        "revision": status.get("sync", {}).get("revision", ""),
        "health": status.get("health", {}).get("status", ""),
        "conditions": {one["type"]: one["message"] for one in status.get("conditions", [])},
        "waves": {
            f"{one.get('group', '')}|{one['kind']}|{one.get('namespace', '')}|{one['name']}": one.get("syncWave", 0)
            for one in status.get("resources", [])
        },
        # What stays out of sync for good, since Argo CD may not prune it.
        "unprunable": all(one.get("requiresPruning") for one in status.get("resources", []) if one.get("status") == "OutOfSync"),
        "asked": "operation" in item,
        "operation": {
            "started": operation.get("startedAt", ""),
            "phase": operation.get("phase", ""),
            "message": operation.get("message", ""),
            # One that runs and has ended waits to be tried again.
            "ended": bool(operation.get("finishedAt")),
            "automated": operation.get("operation", {}).get("initiatedBy", {}).get("automated", False),
            "revision": result.get("revision") or operation.get("operation", {}).get("sync", {}).get("revision", ""),
            "resources": [
                {
                    "key": f"{one.get('group', '')}|{one['kind']}|{one.get('namespace', '')}|{one['name']}",
                    "hook": one.get("hookType", ""),
                    "status": one.get("status", ""),
                    "phase": one.get("hookPhase", ""),
                    "message": one.get("message", ""),
                }
                for one in result.get("resources") or []
            ],
        },
    }


def is_broken(app):
    """Whether Argo CD cannot even tell what should be there."""
    return any(name in app["conditions"] for name in ("ComparisonError", "InvalidSpecError"))


def has_failed(app):
    operation = app["operation"]
    return operation["phase"] in ("Failed", "Error") or operation["phase"] == "Running" and operation["ended"]


def unsettled(app, head, since, succeeds):
    """What an Application waits for; nothing once it has come to rest."""
    operation = app["operation"]
    if is_broken(app) and not succeeds:
        return ""
    if app["revision"] != head:
        return f"compares {app['revision'][:10]}"
    is_its = operation["revision"] == head or operation["started"] >= since
    if has_failed(app) and is_its and not succeeds:
        return ""
    if app["asked"] or operation["phase"] == "Running":
        return f"syncs: {operation['message'][:200]}"
    if is_broken(app):
        return f"cannot compare: {app['conditions']}"
    if app["sync"] == "Synced" or not app["automated"]:
        return ""
    is_done = operation["phase"] == "Succeeded" and operation["revision"] == head
    return "" if is_done and app["unprunable"] else f"is {app['sync']}: {operation['phase']} {operation['message'][:200]}"


def settled(head, since, patience, succeeds, dropped):
    """Returns a snapshot of the cluster at rest, and what it has not come to rest for in time. Of the Application that `dropped`
    names, the API server drops a field: it is never in sync, and at rest after a sync."""
    started, asked = time.time(), 0.0
    while True:
        if time.time() - asked > 5:
            refresh()
            asked = time.time()
        found = snapshot()
        waits = []
        for name, app in found["applications"].items():
            operation = app["operation"]
            is_dropped = name == dropped and operation["phase"] == "Succeeded" and operation["revision"] == head
            if not is_dropped and (why := unsettled(app, head, since, succeeds)):
                waits.append(f"{name} {why}")
        waits += found["busy"]
        if not waits or time.time() - started > patience:
            return found, waits
        time.sleep(1)


# ---- the fields in which two versions differ, by the paths that a plan uses

BY_NAME = {"containers", "initContainers", "env", "volumes", "params", "workspaces", "steps", "tasks", "imagePullSecrets"}
SPLIT = {"labels", "annotations", "data", "stringData", "binaryData", "limits", "requests"}


def step(path, key):
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def names(key, items):
    """What tells the items of a list apart; nothing if that is their place."""
    if not all(isinstance(item, dict) for item in items):
        return None
    if key == "ports":
        field = next((name for name in ("name", "containerPort") if items and name in items[0]), "port")
    else:
        field = "name" if key in BY_NAME else {"volumeMounts": "mountPath", "hostAliases": "ip"}.get(key)
    found = [str(item[field]) if field in item else "" for item in items] if field else None
    return found if found and all(found) and len(set(found)) == len(found) else None


def differences(before, after, path="", key=""):
    """Returns the paths that differ, with both values; None stands for one that is not there."""
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for name in sorted({*before, *after}):
            found += differences(before.get(name), after.get(name), step(path, name), name)
        return found
    if isinstance(before, list) and isinstance(after, list):
        return lists(before, after, path, key)
    if key in SPLIT and (before is None and isinstance(after, dict) or after is None and isinstance(before, dict)):
        return differences(before or {}, after or {}, path, key)
    return [] if before == after else [(path, before, after)]


def lists(before, after, path, key):
    old, new = names(key, before), names(key, after)
    found = []
    if old is not None and new is not None:
        for name in sorted({*old, *new}):
            one = before[old.index(name)] if name in old else None
            other = after[new.index(name)] if name in new else None
            found += differences(one, other, f"{path}[{name}]")
        if [name for name in old if name in new] != [name for name in new if name in old]:
            found.append((path, before, after))
        return found
    if len(before) == len(after) and all(isinstance(item, dict) for item in before + after):
        for at, (one, other) in enumerate(zip(before, after)):
            found += differences(one, other, f"{path}[{at}]")
        return found
    return [] if before == after else [(path, before, after)]


def covers(one, other):
    """Whether a path is another, or above it or below it."""
    short, long = sorted((one, other), key=len)
    return long == short or long.startswith(short) and long[len(short)] in ".["


def words_of(value):
    if isinstance(value, bool):
        return str(value).lower()
    text = "".join(" " if ord(letter) < 32 else letter for letter in str(value).rstrip())
    return text or '""'


# ---- the comparison


def drops(plan):
    return any(DROPS in field["words"] for one in plan["objects"] for field in one["fields"])


class Comparison:
    def __init__(self, plan, before, after, flags):
        self.plan, self.before, self.after, self.flags = plan, before, after, flags
        self.found, self.compared, self.unknown = [], 0, 0
        self.planned = {app["name"]: app for app in plan["applications"]}
        self.follows = self.followers()

    def differ(self, text):
        self.found.append(text)

    def skip(self, text):
        self.unknown += 1
        print(f"unknown: {text}")

    # -- Applications

    def run(self):
        if self.plan["unknown"]:
            self.skip("; ".join(one["what"] for one in self.plan["unknown"]))
        self.declared()
        for name in sorted({*self.before["applications"], *self.after["applications"], *self.planned}):
            self.application(name)
        self.of_no_application()
        self.runs()

    def declared(self):
        """Whether what the plan wants applied by hand is what applying it changed."""
        old, new = self.before["declared"], self.after["declared"]
        changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
        told = set()
        for sentence in self.plan["byHand"] if "applied" in self.flags else []:
            for kind, group, name in re.findall(r"(\w+)(?: \(([\w.]+)\))? `([^`]+)` (?:is new|changes)", sentence):
                place = "" if kind == "Namespace" else "argocd"
                told.add("|".join([group, kind, *(name.split("/") if "/" in name else [place, name])]))
        for key in sorted({*changed, *told}):
            self.compared += 1
            if key not in told:
                self.differ(f"{key} changed, and the plan does not want it applied")
            elif key not in changed:
                self.differ(f"{key} did not change when it was applied, and the plan says it does")

    def application(self, name):
        plan = self.planned.get(name)
        before, after = (side["applications"].get(name) for side in (self.before, self.after))
        is_made = bool(plan and plan["madeBy"]) and f"argoproj.io|ApplicationSet|argocd|{plan['madeBy']}" in self.before["declared"]
        if plan and plan["presence"] == "added" and "applied" not in self.flags and not is_made:
            if after:
                self.differ(f"Application {name} is there before somebody applied it")
            return
        if plan and plan["presence"] == "removed" and is_made:
            if after:
                self.differ(f"Application {name} is there, and the plan says that its set deletes it")
            self.objects(name, plan, before, "done")
            return
        if after is None:
            self.differ(f"Application {name} is not there")
            return
        state = self.sync(name, plan, before, after)
        self.objects(name, plan, after, state)
        self.pods(name, plan, after, state)
        self.hooks(name, plan, before, after, state)

    def sync(self, name, plan, before, after):
        """Compares what became of the sync. Returns how its objects are judged: `done`, `still` (nothing may change), `failed`
        (what the plan refuses did not change), `unknown`."""
        operation = after["operation"]
        is_new = operation["started"] != (before["operation"]["started"] if before else "")
        failed = is_new and has_failed(after)
        expected = plan["sync"] if plan else "in-sync"
        errors = self.errors(after)
        follows = self.follows.get(name)
        if plan and plan["presence"] == "removed":
            return "done"
        if is_broken(after) or after["sync"] == "Unknown":
            if not errors and not (plan and plan["fails"]):
                self.differ(f"Application {name} cannot be compared, and the plan has no error: {after['conditions']}")
            return "failed" if plan and plan["fails"] else "still"
        if plan and plan["unknown"]:
            self.skip(f"{name}: {'; '.join(one['what'] for one in plan['unknown'])}")
            # Whether the cluster has a kind is such a thing.
            if failed and NO_SUCH_KIND not in operation["message"]:
                self.differ(f"Application {name} fails to sync: {operation['message']}")
            return "unknown"
        if "reverted" in self.flags:
            if after["sync"] != "Synced":
                self.differ(f"Application {name} is {after['sync']} after what failed was taken back")
            return "done"
        if follows is not None:
            self.followed(name, follows, is_new, failed, after)
            return "follows"
        if expected == "manual":
            return self.manual(name, is_new, failed, after)
        if expected == "in-sync":
            if is_new:
                self.differ(f"Application {name} was synced, and the plan leaves it in sync: {reasons(operation)}")
            elif after["sync"] != "Synced":
                self.differ(f"Application {name} is {after['sync']}, and the plan leaves it in sync")
            return "still"
        if not is_new:
            self.differ(f"Application {name} was not synced (it is {after['sync']}), and the plan says that it syncs by itself")
            return "done"
        if not operation["automated"]:
            self.differ(f"Application {name} was not synced by itself")
        if plan["fails"]:
            self.failures(name, plan, failed, operation)
            return "failed"
        if failed:
            if not errors:
                self.differ(f"Application {name} fails to sync, and the plan does not say so: {reasons(operation)}")
            return "failed"
        for error in errors:
            if error["rule"] in POD_SECURITY or drops(plan) and error["rule"] == UNKNOWN_FIELD:
                continue
            self.differ(f"Application {name} syncs, in spite of {error['rule']}: {error['message']}")
        keeps = any(one["action"] == "keep" for one in plan["objects"])
        expected = "OutOfSync" if keeps or drops(plan) else "Synced"
        if after["sync"] != expected and not keeps:
            self.differ(f"Application {name} is {after['sync']} after the sync")
        return "done"

    def manual(self, name, is_new, failed, after):
        if "synced" in self.flags:
            if failed or after["sync"] != "Synced":
                self.differ(f"Application {name} is {after['sync']} after a sync by hand: {reasons(after['operation'])}")
            return "done"
        if is_new or after["sync"] != "OutOfSync":
            self.differ(f"Application {name} is {after['sync']}, and the plan lets it wait for a person")
        return "waits"

    def followed(self, name, follows, is_new, failed, after):
        if follows["rolls"] is None:
            self.skip(f"what {name} has after the pipeline")
        if follows["syncs"] and (not is_new or failed or after["sync"] != "Synced"):
            self.differ(f"Application {name} does not follow the pipeline by itself: {after['sync']}, {reasons(after['operation'])}")
        if not follows["syncs"] and is_new:
            self.differ(f"Application {name} follows the pipeline by itself")

    def failures(self, name, plan, failed, operation):
        if not failed:
            self.differ(f"Application {name} syncs, and the plan says that it fails: {plan['refused']} {refusals(plan)}")
            return
        told = {one["key"]: one["message"] for one in operation["resources"] if one["status"] == "SyncFailed"}
        for one in plan["objects"]:
            for sentence in one["refused"]:
                self.compared += 1
                message = told.get(key_in(one), "")
                field = sentence.split("`")[1] if "`" in sentence else ""
                is_that = field in message and re.search("immutable|may not change|[Ff]orbidden|cannot", message)
                if not is_that:
                    self.differ(f"{key_in(one)}: the plan says `{sentence}`, and Argo CD: {message or operation['message']}")
        texts = list(told.values()) + [operation["message"]]
        for sentence in plan["refused"]:
            self.compared += 1
            thing = re.findall(r"([A-Z]\w+) (?:\(\S+\) )?`[^`]*`", sentence.replace("AppProject `", "project `"))
            # The last is noticed before a project is asked.
            reasons_known = ("not permitted", "not match any of the allowed", NO_SUCH_KIND)
            words = [words for words in reasons_known if any(words in text for text in texts)]
            is_named = not thing or any(thing[0] in key or thing[0] in text for key, text in told.items())
            if not words or not is_named:
                self.differ(f"Application {name}: the plan says `{sentence}`, and Argo CD: {reasons(operation)}")

    def errors(self, app):
        """The errors of the check that are about an Application: in its folders, or in what they may have in common."""
        folders = [folder for one in self.after["applications"].values() for folder in one["folders"]]
        top = {folder.split("/")[0] for folder in app["folders"]}
        found = []
        for error in self.plan["errors"]:
            homes = [folder for folder in folders if error["path"].startswith(folder + "/")]
            if any(home in app["folders"] for home in homes) or not homes and error["path"].split("/")[0] in top:
                found.append(error)
        return found

    # -- objects

    def objects(self, name, plan, after, state):
        planned = {key_in(one): one for one in plan["objects"]} if plan else {}
        if after["namespace"].startswith(OWN):
            sides = [[key for key in side["objects"] if key.split("|")[2] == after["namespace"]] for side in (self.before, self.after)]
        else:
            sides = [[], []]
        rolled = self.follows.get(name, {}).get("rolls", {})
        for key in sorted({*sides[0], *sides[1], *planned}):
            self.compared += 1
            old, new = (side["objects"].get(key) for side in (self.before, self.after))
            one = planned.get(key)
            if state in ("unknown", "failed") and (one is None or not one["refused"]):
                # A sync that fails may have come to this object or not, but to no object that Git has as before.
                if one is None and state == "failed":
                    self.unchanged(key, old, new)
                continue
            if state == "follows":
                self.follower(key, old, new, rolled)
                continue
            if one is None or state in ("still", "waits", "failed"):
                if one is not None and state == "still":
                    self.differ(f"{key}: the plan says {one['action']}, and Argo CD could not")
                self.unchanged(key, old, new)
                continue
            self.object(key, one, old, new, after)

    def unchanged(self, key, old, new):
        if old is None and new is None:
            return
        if old is None or new is None:
            self.differ(f"{key} is {'gone' if new is None else 'new'}, and the plan says nothing of it")
        elif old["uid"] != new["uid"]:
            self.differ(f"{key} was deleted and created anew, and the plan says nothing of it")
        else:
            for path, was, now in differences(old["content"], new["content"]):
                self.differ(f"{key}: {path} changed from {was} to {now}, and the plan says nothing of it")

    def follower(self, key, old, new, rolled):
        """An object of an Application that follows the pipeline: its workloads roll, if the plan knows which."""
        kind, name = key.split("|")[1], key.split("|")[3]
        if rolled is None and old and new or (kind, name) in (rolled or {}):
            if kind == "Deployment" and old and new and old["content"] == new["content"]:
                self.differ(f"{key} did not change, and the plan says that the pipeline does that")
            return
        self.unchanged(key, old, new)

    def object(self, key, one, old, new, app):
        action = one["action"]
        is_as_said = {
            "create": old is None and new is not None,
            "change": old is not None and new is not None and old["uid"] == new["uid"],
            "replace": old is not None and new is not None and old["uid"] != new["uid"],
            "prune": old is not None and new is None,
            "keep": old is not None and new is not None and old["uid"] == new["uid"],
        }[action]
        if not is_as_said:
            before, after = (side and side["uid"] or "none" for side in (old, new))
            self.differ(f"{key}: the plan says {action}; before: {before}, after: {after}")
        elif action == "change":
            self.fields(key, one, old, new)
        elif action == "keep":
            self.unchanged(key, old, new)
        if is_as_said and action in ("create", "change", "replace") and app["waves"].get(key, 0) != one["wave"]:
            self.differ(f"{key}: wave {app['waves'].get(key, 0)}, and the plan says {one['wave']}")

    def fields(self, key, one, old, new):
        changed = differences(old["content"], new["content"])
        for field in one["fields"]:
            found = [it for it in changed if covers(it[0], field["path"])]
            stays = "by default" in field["words"] and field["after"] is None or DROPS in field["words"]
            if stays and found:
                self.differ(f"{key}: {field['words']}; yet it changed: {found}")
            elif not stays and not found:
                self.differ(f"{key}: {field['path']} did not change, and the plan says: {field['words']}")
            for path, was, now in found:
                self.values(key, field, path, was, now)
        for path, was, now in changed:
            if not any(covers(path, field["path"]) for field in one["fields"]):
                self.differ(f"{key}: {path} changed from {was} to {now}, and the plan does not say so")

    def values(self, key, field, path, was, now):
        if path != field["path"]:
            return
        for side, value in (("before", was), ("after", now)):
            said = field[side]
            is_plain = value is not None and not isinstance(value, (dict, list))
            if said is None or said.endswith("…") or not is_plain or re.search(r"\b(limits|requests|hard)\b", path):
                continue
            if words_of(value) != said:
                self.differ(f"{key}: {path} is {words_of(value)} {side} the change, and the plan says {said}")

    def of_no_application(self):
        homes = {app["namespace"] for side in (self.before, self.after) for app in side["applications"].values()}
        old, new = self.before["objects"], self.after["objects"]
        for key in sorted({*old, *new}):
            if key.split("|")[2] not in homes:
                self.compared += 1
                self.unchanged(key, old.get(key), new.get(key))

    # -- Pods

    def pods(self, name, plan, after, state):
        if state == "unknown":
            return
        planned = {key_in(one): one for one in plan["objects"]} if plan else {}
        for key in sorted({*self.before["workloads"], *self.after["workloads"]}):
            if key.split("|")[2] != after["namespace"]:
                continue
            self.compared += 1
            old, new = (set(side["workloads"].get(key, {}).get("pods", [])) for side in (self.before, self.after))
            one = planned.get(key) if state == "done" else None
            if one and one["action"] in ("create", "prune"):
                continue
            pods = one and one["pods"]
            is_refused = self.after["workloads"].get(key, {}).get("refused", False)
            says_refused = bool(pods) and ("refused" in pods["words"] or any(it["rule"] in POD_SECURITY for it in self.errors(after)))
            if is_refused or says_refused:
                if is_refused != says_refused:
                    self.differ(f"{key}: its Pods are {'' if is_refused else 'not '}refused, and the plan says: {pods and pods['words']}")
                continue
            if state == "follows":
                rolled = self.follows[name]["rolls"]
                count = (rolled or {}).get(tuple(key.split("|")[1::2]))
                if rolled is not None:
                    self.counted(key, old, new, count is not None, count)
                continue
            self.counted(key, old, new, bool(pods and pods["restart"]), pods and pods["replicas"])

    def counted(self, key, old, new, restart, replicas):
        stay = old & new
        if restart:
            if stay:
                self.differ(f"{key}: {len(stay)} of {len(old)} Pods did not restart, and the plan says that they do")
        elif replicas is None:
            if old != new:
                self.differ(f"{key}: {len(new - old)} Pods are new and {len(old - new)} gone, and the plan says nothing of it")
        elif len(stay) != min(len(old), len(new)):
            self.differ(f"{key}: {len(old - new)} of {len(old)} Pods restarted, and the plan says that none does")
        if replicas is not None and len(new) != replicas:
            self.differ(f"{key}: it has {len(new)} Pods, and the plan says {replicas}")

    # -- hooks and pipelines

    def hooks(self, name, plan, before, after, state):
        operation = after["operation"]
        is_new = operation["started"] != (before["operation"]["started"] if before else "")
        if state in ("failed", "unknown", "follows") or "reverted" in self.flags or not after["namespace"].startswith(OWN):
            return
        ran = {(one["hook"], *one["key"].split("|")[1::2]) for one in operation["resources"] if one["hook"]} if is_new else set()
        wanted = set()
        for one in plan["hooks"] if plan and state == "done" else []:
            kind, title = re.fullmatch(r"(\S+).*`([^`]+)`", one["hook"]).groups()
            wanted.add((one["phase"], kind, title))
        old, new = self.before["hooks"], self.after["hooks"]
        made = [key for key in new if key.split("|")[2] == after["namespace"] and old.get(key) != new[key]]
        if made and not is_new:
            self.differ(f"hooks ran without a sync of {name}: {made}")
        for phase, kind, title in sorted(ran ^ wanted):
            self.compared += 1
            told = "did not run, and the plan says that it does"
            self.differ(f"hook {phase} {kind} {title} of {name} " + (told if (phase, kind, title) in wanted else "ran, and the plan does not say so"))
        self.compared += len(ran & wanted)

    def followers(self):
        """The Applications that follow the pipeline, with the workloads that roll; None if the plan does not know them."""
        found = {}
        if "followed" not in self.flags:
            return found
        for one in self.plan["chain"]:
            match = re.match(r"the Pipeline commits `([^`]+)`: Application `([^`]+)` (syncs by itself|waits)(?:.*? and rolls (.*))?", one["words"])
            if match:
                path, name, syncs, rolls = match.groups()
                pods = re.findall(r"(\w+) `([^`]+)` \((\d+) Pods?\)", rolls or "")
                found[name] = {
                    "path": path,
                    "syncs": syncs.startswith("syncs"),
                    "rolls": {(kind, title): int(count) for kind, title, count in pods} if rolls else None,
                }
        return found

    def runs(self):
        """Compares the runs that were created, and what they committed."""
        old, new = self.before["runs"], self.after["runs"]
        created = {name: new[name] for name in new if name not in old or old[name]["uid"] != new[name]["uid"]}
        wanted, may_start = [], False
        for one in self.plan["chain"]:
            app = self.planned.get(re.sub(r".*? of `([^`]+)`.*", r"\1", one["words"])) if " of `" in one["words"] else None
            is_waiting = app and (app["fails"] or app["sync"] == "manual" and "synced" not in self.flags)
            if " may start " in one["words"]:
                self.skip(one["words"])
                may_start = True
            elif one["startsRun"] and not is_waiting:
                wanted.append(one["words"])
        for words in wanted:
            self.compared += 1
            pipeline = re.search(r"the Pipeline `([^`]+)`", words)
            params = dict(re.findall(r"(\w+)=([^,\s]+)", words))
            fits = [name for name, run in created.items() if fits_run(run, pipeline and pipeline.group(1), params)]
            if fits:
                del created[fits[0]]
            else:
                self.differ(f"no run was created, and the plan says: {words} (created: {created})")
        for name, run in created.items() if not may_start else ():
            self.differ(f"run {name} was created, and the plan does not say so: {run['params']}")
        if "followed" in self.flags:
            told = {one["path"] for one in self.follows.values()} if wanted else set()
            for path in sorted(told ^ self.flags["followed"]):
                self.differ(f"the pipeline {'did not commit' if path in told else 'committed'} {path}; the plan says otherwise")


def fits_run(run, pipeline, params):
    given = {name.replace("-", "_").upper(): value for name, value in run["params"].items()}
    # A commit is told by its first characters.
    same = all(given.get(name) == value or len(value) == 10 and given.get(name, "").startswith(value) for name, value in params.items())
    return same and (pipeline is None or run["pipeline"] == pipeline)


def key_in(one):
    return "|".join([one["group"], one["kind"], one["namespace"], one["name"]])


def reasons(operation):
    messages = [f"{one['key']}: {one['message']}" for one in operation["resources"] if one["status"] == "SyncFailed" or one["phase"] == "Failed"]
    return f"{operation['phase']} {operation['message']} {'; '.join(messages)}".strip()[:900]


def refusals(plan):
    return [sentence for one in plan["objects"] for sentence in one["refused"]]


# ---- the command line


def options(arguments, valued):
    """Splits arguments into names and flags, some of which have a value."""
    names, flags = [], {}
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith("--"):
            flags[argument[2:]] = next(rest) if argument[2:] in valued else True
        else:
            names.append(argument)
    return names, flags


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main(arguments):
    names, flags = options(arguments[1:], {"head", "since", "patience", "followed", "dropped"})
    if arguments[:1] == ["snapshot"] and not names:
        waits = []
        if "head" in flags:
            found, waits = settled(flags["head"], flags["since"], float(flags["patience"]), "succeeds" in flags, flags.get("dropped"))
        else:
            found = snapshot()
        json.dump(found, sys.stdout, indent=1, sort_keys=True)
        if waits:
            print(f"not at rest: {'; '.join(waits)}", file=sys.stderr)
        return 1 if waits else 0
    if arguments[:1] == ["compare"] and len(names) == 3:
        if "followed" in flags:
            with open(flags["followed"], encoding="utf-8") as file:
                flags["followed"] = set(file.read().split())
        comparison = Comparison(*(read(name) for name in names), flags)
        comparison.run()
        for text in comparison.found:
            print(f"difference: {text}")
        print(f"{comparison.compared} objects compared, {comparison.unknown} unknown, {len(comparison.found)} differences")
        return 1 if comparison.found else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
