"""The tools: how each makes a project of a template, and brings a newer version of the template to it.

A template is a dictionary from paths to bytes. `@app@` in a text stands for the answer `app`, in the tool's own syntax.
"""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "treenail-peers"


def run(folder, *command, check=True):
    """Runs a command with a home and a Git configuration of its own."""
    outcome = start(folder, *command)
    out, _ = outcome.communicate(timeout=120)
    if check and outcome.returncode != 0:
        raise RuntimeError(f"{command}: {out}")
    return outcome.returncode, out


def start(folder, *command):
    config = CACHE / "gitconfig"
    if not config.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        config.write_text("[user]\nname = A\nemail = a@example.com\n[init]\ndefaultBranch = main\n"
                          "[advice]\ndetachedHead = false\n[protocol \"file\"]\nallow = always\n")
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    environment = {**kept, "HOME": str(CACHE), "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.Popen([str(word) for word in command], cwd=folder, env=environment, text=True, errors="replace",
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def git(folder, *arguments, check=True):
    return run(folder, "git", *arguments, check=check)


def commit(folder, message="edit"):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def write(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


class Tool:
    """Projects are made in the folder `project` below `root`, templates in others."""

    # The file that records the answers; none where there are none.
    answers = None

    def is_found(self):
        if self.program():
            return True
        print(f"notice: {self.name} is left out, because it is not installed", file=sys.stderr)
        return False

    def program(self):
        return shutil.which(self.name)

    def version(self):
        return run(HERE, self.program(), "--version")[1].split()[-1]

    def project(self, root):
        """The folder with the files of the template."""
        return root / "project"

    def update(self, root):
        """Brings in version 2. Returns the exit code and the output."""
        return run(self.project(root), *self.command(root), check=False)


class Treenail(Tool):
    name = "treenail"
    answers = ".treenail/answers.yaml"

    def program(self):
        built = HERE.parent.parent / "target" / "debug" / "treenail"
        return os.environ.get("TREENAIL") or (str(built) if built.exists() else None)

    def release(self, root, number, files, moves=()):
        listed = "".join(f'- path: "{path}"\n  about: a file\n' for path in sorted(files))
        moved = "".join(f'  - {{from: "{old}", to: "{new}"}}\n' for old, new in moves)
        text = (f"schema: 1\nname: web\nversion: {number}.0.0\nsummary: made for a test\nquestions:\n"
                "- {name: app, type: label, prompt: App, help: Its name., default: shop}\n"
                f"files:\n{listed}" + (f"versions:\n- version: {number}.0.0\n  moves:\n{moved}" if moved else ""))
        write(root / f"v{number}", {"scaffold.yaml": text.encode()})
        write(root / f"v{number}" / "files",
              {path: content.replace(b"@app@", b"[= app | yaml =]") for path, content in files.items()})

    def create(self, root):
        run(root, self.program(), "new", "project", "--scaffold", "v1", "--defaults")

    def command(self, root):
        return [self.program(), "upgrade", "--scaffold", root / "v2"]

    def lose_template(self, root):
        """The scaffold that it upgrades to is always at hand; its history does not count."""
        shutil.rmtree(root / "v1")

    def recorded(self, project):
        return "version: 2.0.0" in (project / self.answers).read_text()


class FromGit(Tool):
    """A tool that takes templates from Git repositories."""

    def release(self, root, number, files, moves=()):
        template = root / "template.git"
        if not template.exists():
            template.mkdir()
            git(template, "init", "-q")
        for entry in template.iterdir():
            if entry.name != ".git":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self.write_template(template, files)
        commit(template, f"version {number}")
        git(template, "tag", f"v{number}")

    def lose_template(self, root):
        """Its history is squashed into version 2."""
        template = root / "template.git"
        git(template, "checkout", "-q", "--orphan", "squashed")
        commit(template, "squashed")
        git(template, "tag", "-d", "v1")
        git(template, "tag", "-f", "v2")
        git(template, "branch", "-D", "main")
        git(template, "branch", "-m", "main")
        git(template, "reflog", "expire", "--expire=now", "--all")
        git(template, "gc", "-q", "--prune=now")


class FromPip(FromGit):
    def program(self):
        versions = (HERE / "versions.txt").read_text().splitlines()
        home = CACHE / "-".join(line.replace("==", "-") for line in versions if not line.startswith("#"))
        program = home / "bin" / self.name
        if not program.exists():
            run(HERE, sys.executable, "-m", "venv", home, check=False)
            run(HERE, home / "bin" / "pip", "install", "-q", "-r", HERE / "versions.txt", check=False)
        return str(program) if program.exists() else None


class Copier(FromPip):
    name = "copier"
    answers = ".copier-answers.yml"

    def write_template(self, template, files):
        write(template, {"copier.yml": b"_subdirectory: files\napp: {type: str, default: shop}\n"})
        files = {path + ".jinja" if b"@app@" in content else path: content.replace(b"@app@", b"{{ app }}")
                 for path, content in files.items()}
        record = {"{{ _copier_conf.answers_file }}.jinja": b"{{ _copier_answers | to_nice_yaml }}"}
        write(template / "files", {**files, **record})

    def create(self, root):
        run(root, self.program(), "copy", "--defaults", "--vcs-ref", "v1", root / "template.git", "project")
        git(root / "project", "init", "-q")
        commit(root / "project")

    def command(self, root):
        return [self.program(), "update", "--defaults", "--vcs-ref", "v2"]

    def recorded(self, project):
        return "_commit: v2" in (project / self.answers).read_text()


class Cruft(FromPip):
    name = "cruft"
    answers = ".cruft.json"

    def version(self):
        return run(HERE, pathlib.Path(self.program()).parent / "pip", "show", "cruft")[1].split()[3]

    def write_template(self, template, files):
        write(template, {"cookiecutter.json": b'{"folder": "project", "app": "shop"}'})
        files = {path: content.replace(b"@app@", b"{{ cookiecutter.app }}") for path, content in files.items()}
        write(template / "{{cookiecutter.folder}}", files)

    def create(self, root):
        run(root, self.program(), "create", root / "template.git", "--no-input", "--checkout", "v1")
        git(root / "project", "init", "-q")
        commit(root / "project")

    def command(self, root):
        return [self.program(), "update", "-y", "--checkout", "v2"]

    def recorded(self, project):
        return '"checkout": "v2"' in (project / self.answers).read_text()


class Kpt(FromGit):
    """Its packages are taken as they are: answers are functions that run in containers."""

    name = "kpt"

    def version(self):
        return run(HERE, self.program(), "version")[1].strip()

    def write_template(self, template, files):
        write(template, {path: content.replace(b"@app@", b"shop") for path, content in files.items()})

    def create(self, root):
        (root / "project").mkdir()
        git(root / "project", "init", "-q")
        run(root / "project", self.program(), "pkg", "get", f"{root}/template.git/@v1", "files")
        commit(root / "project")

    def project(self, root):
        return root / "project" / "files"

    def command(self, root):
        return [self.program(), "pkg", "update", "@v2"]

    def recorded(self, project):
        return "ref: v2" in (project / "Kptfile").read_text()


ALL = [Treenail(), Copier(), Cruft(), Kpt()]
