"""A small event loop: descriptors, timers and signals in one thread, for a pid 1 that must never block."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import signal
import time
from collections.abc import Callable
from typing import Any


class Timer:
    def __init__(self, due: float, action: Callable[[], None]) -> None:
        self.due = due
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Loop:
    def __init__(self) -> None:
        self.running = True
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._signals: dict[int, Callable[[], None]] = {}
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self.watch(self._wake_read, self._woken)

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        timer = Timer(time.monotonic() + seconds, action)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        return timer

    def watch(self, descriptor: Any, action: Callable[[], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, action)

    def forget(self, descriptor: Any) -> None:
        self._selector.unregister(descriptor)

    def on_signal(self, number: int, action: Callable[[], None]) -> None:
        self._signals[number] = action
        signal.signal(number, lambda *_: None)

    def run(self) -> None:
        while self.running:
            for key, _ in self._selector.select(self._until_next_timer()):
                key.data()
            self._fire()

    def _until_next_timer(self) -> float | None:
        while self._timers and self._timers[0][2].action is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _fire(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            timer = heapq.heappop(self._timers)[2]
            if timer.action is not None:
                timer.action()

    def _woken(self) -> None:
        for number in set(os.read(self._wake_read, 4096)):
            if number in self._signals:
                self._signals[number]()
