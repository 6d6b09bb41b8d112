# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running command-line tools: argv lists, the C locale, one error type."""

from __future__ import annotations

import typing as t


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
    """Runs argv; C(environment) is added to the caller's own."""

    def __call__(self, argv: list[str], environment: dict[str, str] | None = None) -> Result: ...


class ToolError(Exception):
    """A tool could not do what was asked; the message is for the person who reads the play's output.

    :ivar facts: what a module returns beside C(msg): argv, rc, stderr and the like
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
    """A Runner over C(AnsibleModule.run_command)."""

    def run(argv: list[str], environment: dict[str, str] | None = None) -> Result:
        # run_command undoes environ_update after the call, so that one command's variables never reach the next
        rc, stdout, stderr = module.run_command(
            argv, environ_update=dict(environment or {}, LC_ALL="C", LANG="C"), handle_exceptions=True
        )
        return Result(rc, stdout, stderr)

    return run
