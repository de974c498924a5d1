"""Makes the images that the cluster runs: one OCI layout, written to a folder.

images.py OUTPUT, with the folders of the parts in the environment (PART_KUBERNETES ...) and the CA that the look-alikes
trust in CA. The base of most is the node's root file system, and is stored once.

Images are written here and not built by buildah: the files that differ from the base are all there is to say.
"""

import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path

OUTPUT = Path(sys.argv[1])
BLOBS = OUTPUT / "blobs" / "sha256"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def part(name):
    return Path(os.environ[f"PART_{name.upper()}"])


def store(content):
    digest = hashlib.sha256(content).hexdigest()
    (BLOBS / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


class Layer:
    """A tar archive of files, folders and links, with fixed times."""

    def __init__(self):
        self.buffer = io.BytesIO()
        self.archive = tarfile.open(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, path, content=None, *, kind=tarfile.REGTYPE, mode=0o644, owner=0, target="", capability=None):
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.type, entry.mode, entry.uid, entry.gid, entry.linkname = kind, mode, owner, owner, target
        if capability is not None:
            # struct vfs_cap_data, version 2, effective: the value is bytes, which Python's tarfile takes as text.
            data = b"\x01\x00\x00\x02" + (1 << capability).to_bytes(4, "little") + bytes(12)
            entry.pax_headers["SCHILY.xattr.security.capability"] = data.decode("utf-8", "surrogateescape")
        entry.size = len(content or b"")
        self.archive.addfile(entry, io.BytesIO(content) if content else None)
        return self

    def file(self, path, content, **how):
        return self.add(path, content.encode() if isinstance(content, str) else content, **how)

    def program(self, path, source, **how):
        return self.file(path, Path(source).read_bytes(), mode=0o755, **how)

    def folder(self, path, **how):
        return self.add(path, kind=tarfile.DIRTYPE, **{"mode": 0o755, **how})

    def link(self, path, target):
        return self.add(path, kind=tarfile.SYMTYPE, mode=0o777, target=target)

    def trust(self):
        """The Git server's and the registry's CA is one that everybody knows."""
        return self.file(CA_BUNDLE, base_file(CA_BUNDLE) + Path(os.environ["CA"]).read_bytes())

    def stored(self):
        self.archive.close()
        return layer(self.buffer.getvalue())


def layer(plain):
    """Not compressed: it never leaves this machine."""
    stored = store(plain)
    return {"descriptor": {"mediaType": "application/vnd.oci.image.layer.v1.tar", **stored}, "diff": stored["digest"]}


def base_file(path):
    return (part("node") / "root" / path.lstrip("/")).read_bytes()


MANIFESTS = []


def image(name, layers, *, user="", entrypoint=(), command=(), env=(), folder=""):
    config = {
        "architecture": os.environ["ARCHITECTURE"],
        "os": "linux",
        "config": {"User": user, "Env": [PATH, *env], "Entrypoint": list(entrypoint), "Cmd": list(command), "WorkingDir": folder},
        "rootfs": {"type": "layers", "diff_ids": [each["diff"] for each in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **store(json.dumps(config).encode())},
        "layers": [each["descriptor"] for each in layers],
    }
    MANIFESTS.append({
        "mediaType": manifest["mediaType"],
        **store(json.dumps(manifest).encode()),
        "annotations": {"io.containerd.image.name": f"localhost/{name}:1", "org.opencontainers.image.ref.name": name},
    })


def static(name, program, path, user):
    """An image with a single program, as ko makes it."""
    files = Layer().program(path, program).folder("/tmp", mode=0o1777).trust()
    image(name, [files.stored()], user=user, entrypoint=[path])


def busybox_links(files, applets):
    """Alpine's shell and commands: busybox's. Those that Debian's static busybox cannot do are left to Debian."""
    cannot = {"busybox", "su", "mount", "umount", "ping", "ping6", "ssl_client", "tar", "gzip", "wget"}
    files.folder("/opt").folder("/opt/busybox")
    for applet in applets:
        if applet not in cannot:
            files.link(f"/opt/busybox/{applet}", "/usr/bin/busybox")
    return files.link("/usr/bin/sh", "busybox")


def cluster_images(base):
    own, tekton, argocd = part("own"), part("tekton"), part("argocd")
    static("pause", own / "pause", "/pause", "65535")
    static("coredns", part("coredns") / "coredns", "/coredns", "65532")
    static("local-path", part("local_path") / "local-path-provisioner", "/local-path-provisioner", "0")
    static("rollouts", part("rollouts") / "rollouts-controller", "/bin/rollouts-controller", "999")
    for name in ["controller", "webhook", "entrypoint", "nop", "workingdirinit", "sidecarlogresults"]:
        static(f"tekton-{name}", tekton / name, f"/ko-app/{name}", "65532")
    for name in ["controller", "webhook", "eventlistenersink", "interceptors"]:
        static(f"triggers-{name}", part("triggers") / name, f"/ko-app/{name}", "65532")
    for name in ["controller", "webhook"]:
        static(f"pruner-{name}", part("pruner") / name, f"/ko-app/{name}", "65532")
    files = Layer().program("/ko-app/resolvers", tekton / "resolvers").link("/usr/sbin/tini", "../bin/tini").trust()
    image("tekton-resolvers", [base, files.stored()], user="65532", entrypoint=["/ko-app/resolvers"])

    image("redis", [base], user="999", entrypoint=["redis-server"])
    files = Layer().trust().folder("/home/argocd", owner=999, mode=0o775)
    for name in ["argocd", "gpg-wrapper.sh", "git-verify-wrapper.sh", "entrypoint.sh"]:
        files.program(f"/usr/local/bin/{name}", argocd / name)
    files.program("/usr/local/bin/kustomize", part("kustomize") / "kustomize").link("/usr/local/bin/uid_entrypoint.sh", "entrypoint.sh")
    for name in ["server", "repo-server", "cmp-server", "application-controller", "dex", "notifications", "applicationset-controller", "k8s-auth", "commit-server"]:
        files.link(f"/usr/local/bin/argocd-{name}", "argocd")
    files.file("/etc/passwd", base_file("/etc/passwd").decode() + "argocd:x:999:999::/home/argocd:/bin/bash\n")
    for path in ["/app", "/app/config", "/app/config/ssh", "/app/config/tls", "/app/config/gpg", "/app/config/gpg/source"]:
        files.folder(path)
    files.folder("/app/config/gpg/keys", owner=999, mode=0o700).link("/etc/ssh/ssh_known_hosts", "/app/config/ssh/ssh_known_hosts")
    image("argocd", [base, files.stored()], user="999", folder="/home/argocd", entrypoint=["/usr/bin/tini", "--"], env=["USER=argocd", "GRPC_ENABLE_TXT_SERVICE_CONFIG=false"])


def look_alikes(base):
    """Of the images that generated manifests name: the same programs, users and settings, of Debian."""
    applets = os.environ["BUSYBOX_APPLETS"].split()
    alpine = busybox_links(Layer(), applets).trust().stored()
    shell = {"env": ["PATH=/opt/busybox:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}
    image("busybox", [base, alpine], command=["/bin/sh"], **shell)

    # tektoncd/plumbing's alpine-git-nonroot: the user nonroot has the id 1000.
    files = Layer().file("/etc/passwd", base_file("/etc/passwd").decode() + "nonroot:x:1000:1000::/home/nonroot:/bin/sh\n")
    files.folder("/home/nonroot", owner=1000).folder("/git")
    image("git", [base, alpine, files.stored()], user="nonroot", folder="/git", entrypoint=["git"], command=["--help"], **shell)

    # alpine/k8s runs as root unless it is told otherwise.
    files = Layer().program("/usr/bin/kubectl", part("kubernetes") / "kube")
    image("kubectl", [base, alpine, files.stored()], folder="/apps", command=["bash"], **shell)

    image("buildah", [base, buildah().stored()], env=["BUILDAH_ISOLATION=chroot"])
    image("skopeo", [base, Layer().trust().stored()], entrypoint=["skopeo"])


def buildah():
    """As containers/image_build configures it for quay.io/buildah/stable."""
    files = Layer().trust()
    # Fedora gives them capabilities, Debian the user root, who here lacks the right to open a process's map.
    files.file("/usr/bin/newuidmap", base_file("/usr/bin/newuidmap"), mode=0o755, capability=7)
    files.file("/usr/bin/newgidmap", base_file("/usr/bin/newgidmap"), mode=0o755, capability=6)
    files.file("/etc/passwd", base_file("/etc/passwd").decode() + "build:x:1000:1000::/home/build:/bin/bash\n")
    files.file("/etc/group", base_file("/etc/group").decode() + "build:x:1000:\n")
    for path in ["/etc/subuid", "/etc/subgid"]:
        files.file(path, "build:1:999\nbuild:1001:64535\n")
    roots = 'runroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n'
    storage = '[storage]\ndriver = "overlay"\n%s[storage.options.overlay]\nmount_program = "/usr/bin/fuse-overlayfs"\nmountopt = "nodev,fsync=0"\n'
    files.file("/etc/containers/storage.conf", storage % roots)
    files.file("/etc/containers/containers.conf", '[containers]\nnetns="host"\nuserns="host"\nipcns="host"\nutsns="host"\ncgroupns="host"\ncgroups="disabled"\nlog_driver = "k8s-file"\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger="file"\n')
    for path in ["", "/.local", "/.local/share", "/.local/share/containers", "/.config", "/.config/containers"]:
        files.folder(f"/home/build{path}", owner=1000)
    return files.file("/home/build/.config/containers/storage.conf", storage % "", owner=1000)


def build_base():
    """What the Dockerfiles of the stories start from: busybox, users, and nothing else."""
    files = Layer()
    for path in ["/bin", "/etc", "/tmp", "/home"]:
        files.folder(path, mode=0o1777 if path == "/tmp" else 0o755)
    files.program("/bin/busybox", part("node") / "root/usr/bin/busybox")
    for applet in os.environ["BUSYBOX_APPLETS"].split():
        if applet != "busybox":
            files.link(f"/bin/{applet}", "busybox")
    files.file("/etc/passwd", "root:x:0:0::/:/bin/sh\n").file("/etc/group", "root:x:0:\n")
    image("base", [files.stored()], command=["/bin/sh"])


def main():
    BLOBS.mkdir(parents=True)
    base = layer((part("node") / "root.tar").read_bytes())
    cluster_images(base)
    look_alikes(base)
    build_base()
    (OUTPUT / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (OUTPUT / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": MANIFESTS}))


main()
