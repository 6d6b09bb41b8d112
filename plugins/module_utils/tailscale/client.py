# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of tailscale's command line."""

from __future__ import annotations

import typing as t

from ..command import CommandError, Result, Runner, ToolError
from .status import Prefs, Status, parse_prefs, parse_status

# said by the CLI when tailscaled does not answer, on macOS and elsewhere
NO_DAEMON = ("failed to connect to local Tailscale service", "failed to connect to local tailscaled")


class DaemonError(ToolError):
    """tailscaled does not answer."""


class Tailscale:
    """tailscale.

    :param socket: of tailscaled, None for the built-in path
    :ivar writes: argv of every command that changes something, in order; the auth key is in none of them
    """

    def __init__(self, run: Runner, binary: str, socket: str | None = None) -> None:
        self._run = run
        self._binary = binary
        self._socket = socket
        self.writes: list[list[str]] = []

    def status(self) -> Status:
        """The node.

        :raises DaemonError: tailscaled does not answer
        :raises CommandError: anything else that is no status, such as the app's CLI without its app, which exits with 0
        """
        argv = self.argv("status", "--json", "--peers=false")
        result = self._run(argv)
        status = parse_status(result.stdout)
        if status is not None:
            return status
        if any(text in result.text for text in NO_DAEMON):
            raise DaemonError(f"tailscaled does not answer: {result.text}", argv=argv, rc=result.rc)
        raise CommandError(
            argv,
            result,
            "That is no status. The CLI of the Tailscale app answers so when the app is not running; this "
            "module needs the open-source tailscaled, such as the formula tailscale of Homebrew.",
        )

    def prefs(self) -> Prefs:
        argv = self.argv("debug", "prefs")
        result = self._run(argv)
        prefs = parse_prefs(result.stdout)
        if prefs is None:
            raise CommandError(argv, result, "That are no preferences.")
        return prefs

    def log_in(self, flags: t.Sequence[str]) -> Result:
        return self._write("up", *flags)

    def connect(self, seconds: float) -> None:
        """``up`` without any flag, for only then it leaves all settings as they are; --timeout is one of them."""
        result = self._write("up", timeout=seconds)
        if result.rc != 0:
            raise CommandError(self.argv("up"), result)

    def set(self, flags: t.Sequence[str]) -> None:
        result = self._write("set", *flags)
        if result.rc != 0:
            raise CommandError(self.argv("set", *flags), result)

    def down(self) -> None:
        result = self._write("down")
        if result.rc != 0:
            raise CommandError(self.argv("down"), result)

    def logout(self) -> None:
        result = self._write("logout")
        if result.rc != 0:
            raise CommandError(self.argv("logout"), result)

    def argv(self, *arguments: str) -> list[str]:
        socket = [f"--socket={self._socket}"] if self._socket else []
        return [self._binary, *socket, *arguments]

    def _write(self, *arguments: str, timeout: float | None = None) -> Result:
        argv = self.argv(*arguments)
        self.writes.append(argv)
        return self._run(argv, timeout=timeout)
