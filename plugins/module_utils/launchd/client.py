# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of launchctl: one method a verb. Exit statuses of writing verbs are returned, never judged here."""

from __future__ import annotations

from ..command import CommandError, Result, Runner, ToolError
from . import errors
from .parse import ServicePrint, parse_disabled, parse_service


class DomainError(ToolError):
    """The domain does not exist or may not be looked at."""


class Launchctl:
    """launchctl, for one service in one domain.

    :param domain: ``system``, ``gui/501`` or ``user/501``
    :param label: the service's Label
    :ivar writes: argv of every command run that changes something, in order
    """

    def __init__(self, run: Runner, binary: str, domain: str, label: str) -> None:
        self._run = run
        self._binary = binary
        self.domain = domain
        self.label = label
        self.target = f"{domain}/{label}"
        self.writes: list[list[str]] = []

    def print_service(self) -> ServicePrint | None:
        """The service as launchd knows it, None when it is not loaded.

        :raises DomainError: the domain does not exist (112, 125) or is somebody else's (1)
        """
        result = self._read("print", self.target)
        if result.rc == 0:
            return parse_service(result.stdout)
        number = errors.number_in(result.stderr, result.rc)
        if number == errors.NO_SERVICE:
            return None
        raise DomainError(
            f"launchd could not be asked about {self.target}. {errors.explain(number)}",
            argv=self.argv("print", self.target),
            rc=result.rc,
            stderr=result.stderr,
        )

    def disabled(self) -> bool | None:
        """The label's override: True disabled, False enabled, None no override."""
        result = self._read("print-disabled", self.domain)
        if result.rc != 0:
            number = errors.number_in(result.stderr, result.rc)
            raise CommandError(self.argv("print-disabled", self.domain), result, errors.explain(number))
        return parse_disabled(result.stdout).get(self.label)

    def enable(self) -> None:
        self._must("enable", self.target)

    def disable(self) -> None:
        self._must("disable", self.target)

    def bootstrap(self, plist: str) -> Result:
        return self._write("bootstrap", self.domain, plist)

    def bootout(self) -> Result:
        return self._write("bootout", self.target)

    def kickstart(self, kill: bool = False) -> Result:
        return self._write("kickstart", *(["-k"] if kill else []), self.target)

    def argv(self, *arguments: str) -> list[str]:
        return [self._binary, *arguments]

    def failure(self, result: Result, *arguments: str) -> CommandError:
        """The error for a command that was judged to have failed."""
        number = errors.number_in(result.text, result.rc)
        return CommandError(self.argv(*arguments), result, errors.explain(number))

    def _read(self, *arguments: str) -> Result:
        return self._run(self.argv(*arguments))

    def _write(self, *arguments: str) -> Result:
        argv = self.argv(*arguments)
        self.writes.append(argv)
        return self._run(argv)

    def _must(self, *arguments: str) -> None:
        result = self._write(*arguments)
        if result.rc != 0:
            raise self.failure(result, *arguments)
