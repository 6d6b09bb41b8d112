"""The rules of the house that no linter knows, over every text file that git has or would take.

* No path of one machine and no host of a package registry: the project works wherever it is cloned, and by whatever
  index or mirror its tools are set up for.
* Nothing is left for later.
* A plugin says its licence; what runs on a Mac uses only Python's own library and this collection's.
* A shell script keeps to what the bash 3.2 of macOS knows.
* A committed link leads somewhere inside the project.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import git_files
from git_files import TOP

THIS = Path(__file__).resolve().relative_to(TOP)

# Each written so that it does not match itself.
FORBIDDEN = {
    "a path of one machine": re.compile(rf"{re.escape(str(TOP))}\b|(?<![\w./])/home/\w+/"),
    "a host of a package registry": re.compile(
        r"pypi\.(?:org|python)|pythonhosted\.|(?:proxy|sum)\.golang\.|registry\.npmjs|(?:deb|ftp|security)\.debian\.",
    ),
    "something left for later": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}
# A go.sum or a licence says what it must.
EXEMPT = re.compile(r"(^|/)(go\.sum|LICENSE)$")
ON_THE_MAC = re.compile(r"^plugins/(modules|module_utils)/.*\.py$")
NEWER_THAN_BASH_3_2 = re.compile(
    r"\b(?:mapfile|readarray|coproc)\b|\b(?:declare|local|typeset) -[a-zA-Z]*[Agn]"
    r"|\$\{\w+(?:\[[^]]*\])?(?:,,|\^\^|,\}|\^\}|@[A-Za-z]\})|\|&|&>>|;;&|;&|%\(.*\)T",
)
COLLECTION = "ansible_collections.remote_ollama.mac"


def files() -> list[Path]:
    return [Path(name) for name in git_files.names() if name != str(THIS)]


def faults_of_text(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in FORBIDDEN.items():
            if found := pattern.search(line):
                yield f"{path}:{number}: {what}: {found[0]}"


def faults_of_shell(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := NEWER_THAN_BASH_3_2.search(line):
            yield f"{path}:{number}: not in the bash 3.2 of macOS: {found[0]}"


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def faults_of_plugin(path: Path, text: str) -> Iterator[str]:
    head = "\n".join(text.splitlines()[:20])
    if text.strip() and "GNU General Public License v3.0" not in head:
        yield f"{path}:1: no licence line (GNU General Public License v3.0)"
    if ON_THE_MAC.match(str(path)):
        for number, module in imported(ast.parse(text, str(path), feature_version=(3, 9))):
            known = module.split(".")[0] in sys.stdlib_module_names
            if not known and not module.startswith(("ansible.module_utils", COLLECTION)):
                yield f"{path}:{number}: {module} is not there on a Mac"


def faults(path: Path) -> Iterator[str]:
    whole = TOP / path
    if whole.is_symlink():
        target = whole.resolve()
        if not target.exists() or not (target == TOP or TOP in target.parents):
            yield f"{path}: the link leads nowhere in the project"
        return
    if not whole.is_file() or EXEMPT.search(str(path)):
        return
    content = whole.read_bytes()
    if b"\0" in content:
        return
    text = content.decode()
    yield from faults_of_text(path, text)
    if re.match(r"#!\S*(?:/|env )(?:ba|z)?sh\b", text):
        yield from faults_of_shell(path, text)
    if path.match("plugins/**/*.py") or path.match("plugins/*/*.py"):
        yield from faults_of_plugin(path, text)


def main() -> None:
    found = [fault for path in files() for fault in faults(path)]
    print("\n".join(found) if found else "the rules of the house are kept")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
