"""The files of the checkout as git sees them."""

from __future__ import annotations

import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def names() -> list[str]:
    """Paths below ``TOP``, sorted: what git has, and what it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(set(listed.stdout.split("\0")) - {""})
