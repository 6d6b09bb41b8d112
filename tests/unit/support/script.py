"""A runner that plays a script of commands and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.remote_ollama.mac.plugins.module_utils.command import Result


class Step(NamedTuple):
    """One command and what it answers. ``then`` is called with it, for what the command does to the world."""

    command: str
    stdout: str = ""
    rc: int = 0
    stderr: str = ""
    then: Callable[[], None] = lambda: None


class Script:
    """Answers the commands of its steps in their order; any other command fails the test."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self._played = 0
        self.timeouts: list[float | None] = []

    def __call__(
        self, argv: list[str], environment: dict[str, str] | None = None, timeout: float | None = None
    ) -> Result:
        command = " ".join(argv)
        assert environment is None
        assert self._played < len(self._steps), f"one command too many: {command}"
        step = self._steps[self._played]
        assert command == step.command, f"command {self._played + 1} is {command!r}, not {step.command!r}"
        self._played += 1
        self.timeouts.append(timeout)
        step.then()
        return Result(step.rc, step.stdout, step.stderr)

    def finish(self) -> None:
        left = [step.command for step in self._steps[self._played :]]
        assert not left, f"commands that were never run: {left}"
