"""Programs and libraries that come as Python wheels."""

from __future__ import annotations

import sys
from pathlib import Path

from lab.command import run
from lab.settings import SOURCE


def requirements(name: str) -> Path:
    return SOURCE / "programs" / name / "requirements.txt"


def install(name: str, target: Path) -> None:
    """Unpacks the wheels pinned for ``name`` into ``target``, with nothing that they would ask for themselves."""
    run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--no-compile",
         "--target", str(target), "--requirement", str(requirements(name))],
        timeout=600,
    )  # fmt: skip
