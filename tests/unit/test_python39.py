"""What runs on the Mac runs with Apple's Python 3.9 and its standard library."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
ON_THE_MAC = sorted([*TOP.glob("plugins/modules/*.py"), *TOP.glob("plugins/module_utils/**/*.py")])

COMPILE = "import sys\nfor path in sys.argv[1:]:\n    compile(open(path, encoding='utf-8').read(), path, 'exec')\n"
IMPORT = """
import importlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


@cache
def python39() -> str | None:
    """A Python 3.9 that runs: on PATH, or one of pyenv's, whose shims may stand for nothing."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = [Path(folder, name) for folder in os.get_exec_path() for name in ("python3.9", "python3")]
    for candidate in [*on_path, *sorted(pyenv.glob("versions/3.9.*/bin/python3.9"))]:
        if not os.access(candidate, os.X_OK):
            continue
        command = [str(candidate), "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 9))"]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return str(candidate)
    return None


@pytest.fixture
def python() -> str:
    found = python39()
    if found is None:
        pytest.skip("no Python 3.9 on PATH or below pyenv's versions")
    return found


def test_it_compiles(python: str) -> None:
    assert ON_THE_MAC
    done = subprocess.run([python, "-c", COMPILE, *map(str, ON_THE_MAC)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_module_utils_need_nothing_but_the_standard_library(python: str) -> None:
    folder = TOP / "collections/ansible_collections/remote_ollama/mac/plugins/module_utils"
    names = [
        ".".join(
            (
                "ansible_collections.remote_ollama.mac.plugins.module_utils",
                *path.relative_to(folder).with_suffix("").parts,
            )
        )
        for path in sorted(folder.glob("**/*.py"))
    ]
    assert names
    # -I keeps out what the environment and the person's own site-packages would add
    done = subprocess.run(
        [python, "-I", "-c", IMPORT, str(TOP / "collections"), *names],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
