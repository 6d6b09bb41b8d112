"""Waits for a condition, never for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from lab.errors import NotInTime

T = TypeVar("T")


def wait_for(what: str, probe: Callable[[], T | None], seconds: float, detail: Callable[[], str] = str) -> T:
    """The first answer of ``probe`` that is true. Raises NotInTime with ``what``, and ``detail`` (a log's end, say)."""
    deadline = time.monotonic() + seconds
    pause = 0.01
    while True:
        if answer := probe():
            return answer
        if time.monotonic() >= deadline:
            raise NotInTime(f"{what}: not within {seconds:g} s\n{detail()}".rstrip())
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 1.5, 0.25)
