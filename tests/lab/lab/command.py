"""Runs a program to its end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from lab.errors import CommandFailed, LabError
from lab.settings import marked


def run(
    argv: Sequence[str],
    *,
    text: str = "",
    environment: Mapping[str, str] | None = None,
    timeout: float = 60,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Gives ``text`` to the program's stdin. Raises CommandFailed, with what it said, when it fails and ``check``."""
    try:
        result = subprocess.run(
            argv,
            input=text,
            text=True,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=marked(dict(os.environ if environment is None else environment)),
        )
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]}: not found on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(argv, -1, f"no end after {timeout:g} s") from error
    if check and result.returncode != 0:
        raise CommandFailed(argv, result.returncode, result.stdout + result.stderr)
    return result
