"""Run ansible-test sanity without Docker and without its own download host; tools/sanity calls this.

ansible-test wants a checkout at .../ansible_collections/NAMESPACE/NAME and refuses a link, so what git has (and would
take) goes to build/, less what galaxy.yml keeps out of the collection. Its home is there as well: it keeps venvs and a
cache under ~/.ansible, and the stand-in for its pip download must not end in a person's own.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ansible_test
import git_files
import yaml
from git_files import TOP

BUILD = TOP / "build"
COPY = BUILD / "ansible_collections" / "remote_ollama" / "mac"
HOME = BUILD / "sanity" / "home"
PYTHONS = BUILD / "sanity" / "pythons"
ANSIBLE_TEST = Path(next(iter(ansible_test.__path__)))

# Given to ansible-test where it would download a get-pip.py: Python's own bundled pip, then what it asks for.
GET_PIP = """
import subprocess
import sys

wanted = [argument for argument in sys.argv[1:] if not argument.startswith("--no-")]
for arguments in (["ensurepip", "--default-pip"], ["pip", "install", *wanted]):
    subprocess.run([sys.executable, "-m", *arguments], check=True, stdout=subprocess.DEVNULL)
"""


def kept_out(path: str, patterns: list[str]) -> bool:
    """As ansible-galaxy collection build reads build_ignore: a pattern may name the file or any folder above it."""
    parts = path.split("/")
    above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    return any(fnmatch.fnmatch(candidate, pattern) for candidate in above for pattern in patterns)


def collection_files() -> Iterator[Path]:
    patterns = yaml.safe_load((TOP / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    for name in git_files.names():
        if not kept_out(name, patterns) and (TOP / name).is_file():
            yield Path(name)


def copy_collection() -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    for path in collection_files():
        (COPY / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOP / path, COPY / path)
    # A repository of its own, or ansible-test asks the outer one, which ignores build/, and finds nothing to test.
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)


def provide_pip() -> None:
    requirements = ANSIBLE_TEST / "_internal" / "python_requirements.py"
    versions = re.findall(r"\bpip='([\d.]+)'", requirements.read_text(encoding="utf-8"))
    if not versions:
        sys.exit(f"tools/sanity: cannot tell which pip this ansible-test wants, see {requirements}")
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in versions:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")


def python_versions() -> list[str]:
    """Every Python that this ansible-test knows, remote-only ones included."""
    constants = ANSIBLE_TEST / "_util" / "target" / "common" / "constants.py"
    return re.findall(r"'(3\.\d+)'", constants.read_text(encoding="utf-8"))


def real_python(version: str) -> Path | None:
    """A binary of this version that runs; a pyenv shim may stand for one that does not."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = [Path(folder, name) for folder in os.get_exec_path()]
    for candidate in [*on_path, *sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"))]:
        if not os.access(candidate, os.X_OK):
            continue
        command = [str(candidate), "-c", "import ensurepip, sys, venv; print(sys._base_executable)"]
        told = subprocess.run(command, capture_output=True, text=True)
        if not told.returncode:
            return Path(told.stdout.strip())
    return None


def provide_pythons() -> list[str]:
    """Links to the real binaries, to be first on PATH."""
    shutil.rmtree(PYTHONS, ignore_errors=True)
    PYTHONS.mkdir(parents=True)
    found = []
    for version in python_versions():
        if binary := real_python(version):
            (PYTHONS / f"python{version}").symlink_to(binary)
            found.append(version)
    return found


def main() -> None:
    copy_collection()
    provide_pip()
    found = provide_pythons()
    print(f"ansible-test sanity with Python {', '.join(found)}", flush=True)
    pip_cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")) + "/pip"
    environment = {
        **os.environ,
        "HOME": str(HOME),
        "PATH": f"{PYTHONS}{os.pathsep}{os.environ['PATH']}",
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", pip_cache),
        "ANSIBLE_COLLECTIONS_PATH": f"{BUILD}{os.pathsep}{TOP / '.venv' / 'collections'}",
    }
    environment.pop("ANSIBLE_CONFIG", None)
    command = ["ansible-test", "sanity", "--local", "--color", "no", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=COPY, env=environment).returncode)


if __name__ == "__main__":
    main()
