# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Polling with a deadline."""

from __future__ import annotations

import time
import typing as t

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.5


class Clock(t.Protocol):
    """What a Deadline needs of the module C(time)."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class Deadline:
    """A span of time that starts now.

    ``while deadline.pause(): ...`` polls quickly at first and then twice a second, and ends when the time is up.

    :param seconds: how long
    :param clock: the module C(time), or a test's own clock
    """

    def __init__(self, seconds: float, clock: Clock = time) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds
        self._next = FIRST_PAUSE
        self.seconds = seconds

    @property
    def now(self) -> float:
        return self._clock.monotonic()

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self._clock.monotonic())

    def pause(self, at_most: float = LONGEST_PAUSE) -> bool:
        """Wait a little before the next look. False, without waiting, once the time is up."""
        remaining = self.remaining
        if remaining <= 0:
            return False
        self._clock.sleep(min(self._next, at_most, remaining))
        self._next = min(self._next * 2, LONGEST_PAUSE)
        return True

    def reset_pace(self) -> None:
        """Poll quickly again: something has just been set going."""
        self._next = FIRST_PAUSE
