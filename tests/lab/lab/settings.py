"""Where the lab keeps its things."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
SOURCE = PACKAGE.parent

# One tmpfs holds all that a running lab writes: unmounting it is forgetting it.
STATE = Path("/run/remote_ollama_lab")
HOSTS = STATE / "hosts"
KEYS = STATE / "keys"
USERLAND = STATE / "userland"
LOCK = Path("/run/remote_ollama_lab.lock")

# Every process that the lab starts carries this in its environment, so that it is found again.
MARKER = "REMOTE_OLLAMA_LAB"

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

NAMESPACE_PREFIX = "ro-"
SWITCH = "ro-lan"


def cache() -> Path:
    """The folder of built programs, shared by all clones of this project on the machine."""
    if chosen := os.environ.get("REMOTE_OLLAMA_CACHE"):
        return Path(chosen).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base).resolve() / "remote_ollama"


def marked(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, MARKER: str(STATE)}
