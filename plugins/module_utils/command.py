# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running command-line tools: argv lists, the C locale, one error type."""

from __future__ import annotations

import threading
import typing as t

# as timeout(1) has it
TIMED_OUT = 124


class Result(t.NamedTuple):
    """What one command answered."""

    rc: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything it said, for tools that write their errors to either stream."""
        return "\n".join(part for part in (self.stderr.strip(), self.stdout.strip()) if part)


class Runner(t.Protocol):
    """Runs argv; ``environment`` is added to the caller's own, and after ``timeout`` seconds the tool is given up
    on."""

    def __call__(
        self, argv: list[str], environment: dict[str, str] | None = None, timeout: float | None = None
    ) -> Result: ...


class ToolError(Exception):
    """A tool could not do what was asked; the message is for the person who reads the play's output.

    :ivar facts: what a module returns beside ``msg``: argv, rc, stderr and the like
    """

    def __init__(self, message: str, **facts: t.Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class CommandError(ToolError):
    """A command that failed; carries argv, rc and what it said."""

    def __init__(self, argv: list[str], result: Result, advice: str = "") -> None:
        said = result.text or "nothing was said"
        message = f"`{' '.join(argv)}` failed with exit status {result.rc}: {said}"
        if advice:
            message = f"{message}\n{advice}"
        super().__init__(message, argv=argv, rc=result.rc, stdout=result.stdout, stderr=result.stderr)


def module_runner(module: t.Any) -> Runner:
    """The Runner that modules use, over ``AnsibleModule.run_command``, which cannot give up on a tool by itself."""

    def run(argv: list[str], environment: dict[str, str] | None = None, timeout: float | None = None) -> Result:
        watch = _Watch(timeout)
        try:
            rc, stdout, stderr = module.run_command(
                argv,
                environ_update=dict(environment or {}, LC_ALL="C", LANG="C"),
                errors="replace",
                handle_exceptions=False,
                before_communicate_callback=watch.start,
            )
        except OSError as error:
            raise CommandError(argv, Result(error.errno or 1, "", str(error.strerror))) from error
        finally:
            watch.end()
        if watch.fired:
            raise CommandError(argv, Result(TIMED_OUT, stdout, stderr), f"It gave no answer for {timeout:g} s.")
        return Result(rc, stdout, stderr)

    return run


class _Watch:
    """Kills a process when its time is up."""

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._timer: threading.Timer | None = None
        self.fired = False

    def start(self, process: t.Any) -> None:
        if self._timeout is not None:
            self._timer = threading.Timer(self._timeout, self._kill, [process])
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _kill(self, process: t.Any) -> None:
        if process.poll() is None:
            self.fired = True
            process.kill()
