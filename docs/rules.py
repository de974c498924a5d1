"""A preprocessor of mdBook that adds the pages of the rules below their index.

The pages lie beside the code that reports them. Links to them work on GitHub; in the book they lead to the chapters.
mdBook passes `[context, book]` as JSON on the standard input and reads the book from the standard output.
"""

import json
import posixpath
import re
import sys
from pathlib import Path

INDEX = "reference/rules.md"
FOLDER = "reference/rules"
LINK = re.compile(r"\]\([./]*/src/check/[\w/]+/(TN\d{3})-[\w-]+\.md\)")
CODE = re.compile(r"(```.*?```|`[^`]*`)", re.DOTALL)


def chapter(page: Path, parents: list) -> dict:
    """The page of a rule as a chapter: its front matter becomes a heading, and the codes in its text become links."""
    code = page.name[:5]
    _, front, text = page.read_text(encoding="utf-8").split("---\n", 2)
    front = dict(line.split(": ", 1) for line in front.splitlines())
    text = re.sub(r"^```yaml path=(\S+).*$", r"```yaml\n# \1", text, flags=re.MULTILINE)
    parts = CODE.split(text)
    parts[::2] = [re.sub(r"\b(TN\d{3})\b", r"[\1](\1.md)", part) for part in parts[::2]]
    name = f"{code}: {front['title']}"
    taste = ", a note outside generated repositories" if "taste" in front else ""
    head = f"# {name}\n\nSeverity: {front['severity']}{taste}. [All rules](../rules.md)\n\n"
    return {
        "name": name,
        "content": head + "".join(parts),
        "number": None,
        "sub_items": [],
        "path": f"{FOLDER}/{code}.md",
        "source_path": None,
        "parent_names": parents,
    }


def visit(items: list, pages: list) -> None:
    """Rewrites the links in all chapters, and adds `pages` below the index."""
    for one in (item["Chapter"] for item in items if "Chapter" in item):
        folder = posixpath.dirname(one["path"] or "") or "."
        target = posixpath.relpath(FOLDER, folder)
        one["content"] = LINK.sub(rf"]({target}/\1.md)", one["content"])
        visit(one["sub_items"], pages)
        if one["path"] == INDEX:
            parents = [*one["parent_names"], one["name"]]
            one["sub_items"] = [{"Chapter": chapter(page, parents)} for page in pages]


if __name__ == "__main__" and sys.argv[1:2] != ["supports"]:
    context, book = json.load(sys.stdin)
    source = Path(context["root"]).parent / "src/check"
    visit(book["items"], sorted(source.rglob("TN*.md"), key=lambda page: page.name))
    json.dump(book, sys.stdout)
