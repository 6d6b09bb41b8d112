# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of pmset."""

from __future__ import annotations

from ..command import CommandError, Result, Runner
from .parse import parse_capabilities, parse_custom, parse_sleep_disabled

FLAGS = {"all": "-a", "ac": "-c", "battery": "-b", "ups": "-u"}
# said with exit status 1 for settings and with 0 for disablesleep
NOT_ROOT = "must be run as root"
FAILED = "failed to"


class Pmset:
    """pmset.

    :ivar writes: argv of every command that changes something, in order
    """

    def __init__(self, run: Runner, binary: str) -> None:
        self._run = run
        self._binary = binary
        self.writes: list[list[str]] = []

    def custom(self) -> dict[str, dict[str, str]]:
        """The settings of each power source that the Mac has."""
        return parse_custom(self._read("-g", "custom"))

    def sleep_disabled(self) -> bool:
        return parse_sleep_disabled(self._read("-g"))

    def capabilities(self) -> set[str]:
        return parse_capabilities(self._read("-g", "cap"))

    def argv(self, source: str, settings: dict[str, str], disablesleep: bool | None) -> list[str]:
        """The one command that sets all of these. Values of None are left alone."""
        pairs = [word for pair in settings.items() for word in pair]
        if disablesleep is not None:
            pairs += ["disablesleep", str(int(disablesleep))]
        return [self._binary, FLAGS[source], *pairs]

    def set(self, argv: list[str]) -> list[str]:
        """Run it. Returns pmset's warnings.

        :raises CommandError: also where pmset says that it failed and exits with 0
        """
        self.writes.append(argv)
        result = self._run(argv)
        if result.rc != 0 or NOT_ROOT in result.text or FAILED in result.text:
            advice = "Changing power settings needs root (become: true)." if NOT_ROOT in result.text else ""
            raise CommandError(argv, result, advice)
        return [line for line in result.text.split("\n") if line.strip()]

    def _read(self, *arguments: str) -> str:
        argv = [self._binary, *arguments]
        result: Result = self._run(argv)
        if result.rc != 0:
            raise CommandError(argv, result)
        return result.stdout
