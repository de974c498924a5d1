"""The cases: a template in two versions, what the user does in between, and how the outcome is described."""

import os
import signal

from tools import commit, git, start, write

# A resource, because kpt merges nothing else.
LINES = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\ndata:\n" + b"".join(
    b"  key%d: value\n" % number for number in range(1, 21)
)
MINE = LINES.replace(b"key5: value", b"key5: mine")
NEAR = LINES.replace(b"key13: value", b"key13: mine")
FAR = LINES.replace(b"key15: value", b"key15: theirs")
SAME = LINES.replace(b"key5: value", b"key5: theirs")
LIST = b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- c.yaml\n"
RESOURCE = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n"


class Case:
    """By default there is one file, `a.yaml`, that both change in different lines."""

    title = ""
    old = {"a.yaml": LINES}
    new = {"a.yaml": FAR}
    moves = ()

    def edit(self, tool, root, project):
        write(project, {"a.yaml": MINE})
        commit(project)

    def prepare(self, tool, root):
        """What happens besides, before the update."""

    def outcome(self, tool, root):
        self.make(tool, root)
        project = tool.project(root)
        before = snapshot(project)
        code, output = tool.update(root)
        after = snapshot(project)
        if code == 0:
            what = self.judge(tool, project, before, after)
            return f"{what}; exit code 0" if self.is_worse(what) else what
        what = self.refused(output) if after == before else "half-written"
        return f"{what}; exit code {code}"

    def make(self, tool, root):
        tool.release(root, 1, {**self.old, "app.txt": b"name: @app@\n"})
        tool.create(root)
        self.edit(tool, root, tool.project(root))
        tool.release(root, 2, {**self.new, "app.txt": b"name: @app@\nmore: 2\n"}, self.moves)
        self.prepare(tool, root)

    def refused(self, output):
        return "a traceback, and nothing is written" if "Traceback" in output else "nothing is written"

    def is_worse(self, what):
        """Whether it is worth saying that the tool reports success."""
        return any(word in what for word in ("markers", "reject", "lost", "wins", "keep the old"))

    def judge(self, tool, project, before, after):
        return text(after, "a.yaml")


def snapshot(project):
    files = {}
    for folder, folders, names in os.walk(project):
        folders[:] = [name for name in folders if name not in (".git", ".treenail")]
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, project)] = file.read()
    return files


def text(files, path):
    """What has become of a file that both changed."""
    content = files.get(path)
    if content is None:
        return "the file is gone, and your edit is lost"
    if b"<<<<<<<" in content:
        return "markers in the file"
    if path + ".rej" in files:
        return "a reject file beside yours"
    if any(name.endswith(".rej") for name in files):
        return "a reject file"
    has_mine, has_theirs = b"mine" in content, b"theirs" in content
    if has_mine and has_theirs:
        return "merged"
    return "yours is kept, the template's change is lost" if has_mine else "the template wins, your edit is lost"


class SameLine(Case):
    title = "you and the template changed the same line"
    new = {"a.yaml": SAME}


class Deleted(Case):
    title = "the template deleted a file that you edited"
    new = {}

    def judge(self, tool, project, before, after):
        if "a.yaml" not in after:
            return "deleted, your edit is lost"
        return "yours is kept"

    def refused(self, output):
        return "a conflict, and nothing is written" if "conflict" in output else super().refused(output)


class Moved(Case):
    title = "the template moved a file that you edited"
    new = {"b/c.yaml": FAR}
    moves = (("a.yaml", "b/c.yaml"),)

    def judge(self, tool, project, before, after):
        is_there, has_moved = "a.yaml" in after, b"mine" in after.get("b/c.yaml", b"")
        if any(name.endswith(".rej") for name in after):
            return "a reject file"
        if has_moved and not is_there:
            return "your edit moves along"
        if is_there and "b/c.yaml" in after:
            return "both files are there; your edit is in the old one"
        return "your edit is lost" if not has_moved else "both files are there"


class DeletedByUser(Case):
    title = "you deleted a file"

    def edit(self, tool, root, project):
        (project / "a.yaml").unlink()
        commit(project)

    def judge(self, tool, project, before, after):
        if "a.yaml" in after:
            return "it comes back"
        if any(name.endswith(".rej") for name in after):
            return "a reject file"
        return "it stays deleted"


class BothAppended(Case):
    title = "both appended to `resources` of a kustomization"
    old = {"kustomization.yaml": LIST, "c.yaml": RESOURCE % b"c"}
    new = {"kustomization.yaml": LIST + b"- theirs.yaml\n", "c.yaml": RESOURCE % b"c", "theirs.yaml": RESOURCE % b"theirs"}

    def edit(self, tool, root, project):
        write(project, {"kustomization.yaml": LIST + b"- mine.yaml\n", "mine.yaml": RESOURCE % b"mine"})
        commit(project)

    def judge(self, tool, project, before, after):
        outcome = text(after, "kustomization.yaml")
        return "both entries are kept" if outcome == "merged" else outcome


class Binary(Case):
    title = "a binary file changed on both sides"
    old = {"a.bin": b"\0old" * 50}
    new = {"a.bin": b"\0theirs" * 50}

    def edit(self, tool, root, project):
        write(project, {"a.bin": b"\0mine" * 50})
        commit(project)

    def judge(self, tool, project, before, after):
        return text(after, "a.bin")

    def refused(self, output):
        return "a conflict, and nothing is written" if "conflict" in output else super().refused(output)


class WindowsLines(Case):
    title = "your file has Windows line endings"

    def edit(self, tool, root, project):
        write(project, {"a.yaml": MINE.replace(b"\n", b"\r\n")})
        commit(project)

    def judge(self, tool, project, before, after):
        outcome = text(after, "a.yaml")
        content = after.get("a.yaml", b"")
        if outcome == "markers in the file" and content.count(b"key10:") > 1:
            return "the whole file is a conflict, with markers"
        if outcome == "merged":
            kept = content.count(b"\r\n") == content.count(b"\n")
            return "they are kept, and the text is merged" if kept else "merged, but the endings change"
        return outcome


class Shallow(Case):
    title = "your repository is a shallow clone, and you edited near the template's change"

    def edit(self, tool, root, project):
        write(project, {"a.yaml": NEAR})
        commit(project)

    def prepare(self, tool, root):
        project = root / "project"
        project.rename(root / "origin")
        git(root, "clone", "-q", "--depth", "1", f"file://{root}/origin", "project")

    def judge(self, tool, project, before, after):
        outcome = super().judge(tool, project, before, after)
        return "no difference" if outcome == "merged" else outcome


class Squashed(Case):
    title = "the template's history is squashed"

    def prepare(self, tool, root):
        tool.lose_template(root)

    def judge(self, tool, project, before, after):
        outcome = super().judge(tool, project, before, after)
        return "no difference" if outcome == "merged" else outcome

    def refused(self, output):
        return super().refused(output)


class Answer(Case):
    title = "you edited an answer in the answers file"

    def edit(self, tool, root, project):
        if tool.answers:
            path = project / tool.answers
            path.write_text(path.read_text().replace("app: shop", "app: cart").replace('"app": "shop"', '"app": "cart"'))
            commit(project)

    def judge(self, tool, project, before, after):
        if not tool.answers:
            return "it has no answers"
        name = after["app.txt"].split(b"\n")[0]
        return "that changes the files" if name == b"name: cart" else "the files keep the old answer"


class Killed(Case):
    title = "killed as soon as a file has changed, and run again"
    many = [f"files/{number}.yaml" for number in range(200)]
    old = {path: LINES for path in many}
    new = {path: FAR for path in many}

    def edit(self, tool, root, project):
        write(project, {path: MINE for path in self.many})
        commit(project)

    def outcome(self, tool, root):
        self.make(tool, root)
        project = tool.project(root)
        files = [project / path for path in self.many]
        before = times(files)
        process = start(project, *tool.command(root))
        while process.poll() is None and times(files) == before:
            pass
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        code, _ = tool.update(root)
        after = snapshot(project)
        edits, news = [sum(word in after.get(path, b"") for path in self.many) for word in (b"mine", b"theirs")]
        if edits < len(self.many):
            recorded = ", and the update counts as done" if tool.recorded(project) else ""
            return f"edits are lost{recorded}; exit code {code}"
        what = "the update is complete" if news == len(self.many) else "no edit is lost, the update is incomplete"
        return what if code == 0 else f"{what}; exit code {code}"


def times(files):
    try:
        return [file.stat().st_mtime_ns for file in files]
    except OSError:
        return []


ALL = [
    SameLine(),
    Deleted(),
    Moved(),
    DeletedByUser(),
    BothAppended(),
    Binary(),
    WindowsLines(),
    Shallow(),
    Squashed(),
    Answer(),
    Killed(),
]
