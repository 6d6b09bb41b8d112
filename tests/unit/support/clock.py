"""A clock that jumps instead of waiting."""

from __future__ import annotations


class FakeClock:
    """Time passes only by sleeping, and by ``tick`` seconds for each look at it."""

    def __init__(self, tick: float = 0.0) -> None:
        self.time = 1000.0
        self.tick = tick
        self.slept: list[float] = []

    def monotonic(self) -> float:
        self.time += self.tick
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.time += seconds
