# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running command-line tools: argv lists, the C locale, one error type."""

from __future__ import annotations

import os
import subprocess
import typing as t

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


def run_tool(argv: list[str], environment: dict[str, str] | None = None, timeout: float | None = None) -> Result:
    """The Runner that modules use.

    Not ``AnsibleModule.run_command``, which cannot give up on a tool that waits for ever.

    :raises CommandError: it cannot be run, or gave no answer in time (rc 124, as timeout(1) has it)
    """
    try:
        done = subprocess.run(
            argv,
            env=dict(os.environ, **(environment or {}), LC_ALL="C", LANG="C"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(
            argv, Result(TIMED_OUT, _text(error.stdout), _text(error.stderr)), "It took too long."
        ) from None
    except OSError as error:
        raise CommandError(argv, Result(error.errno or 1, "", str(error.strerror))) from error
    return Result(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")
