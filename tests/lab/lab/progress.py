"""Shows what is being done and for how long: a moving line each on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

_SIGN_OF_LIFE_SECONDS = 20


class Progress:
    """Several steps may run at once, each from a thread of its own."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._bars: RichProgress | None = None
        if self.console.is_terminal:
            self._bars = RichProgress(
                SpinnerColumn(finished_text="✓"),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=self.console,
            )

    def __enter__(self) -> Progress:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        show = self._on_terminal if self._bars else self._in_lines
        with show(title):
            yield

    @contextmanager
    def _on_terminal(self, title: str) -> Iterator[None]:
        assert self._bars is not None  # step() chose this method by it
        task = self._bars.add_task(title, total=1)
        try:
            yield
        except BaseException:
            self._bars.update(task, description=f"[red]{title}: failed[/red]")
            self._bars.stop_task(task)
            raise
        self._bars.update(task, completed=1)

    @contextmanager
    def _in_lines(self, title: str) -> Iterator[None]:
        started, done = time.monotonic(), threading.Event()

        def signs_of_life() -> None:
            while not done.wait(_SIGN_OF_LIFE_SECONDS):
                self.console.print(f"  … {title} ({time.monotonic() - started:.0f} s)")

        threading.Thread(target=signs_of_life, daemon=True).start()
        outcome = "✗"
        try:
            yield
            outcome = "✓"
        finally:
            done.set()
            self.console.print(f"  {outcome} {title} ({time.monotonic() - started:.1f} s)")
