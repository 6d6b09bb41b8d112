"""What can go wrong in the lab, as one family that the command line turns into a line each."""

from __future__ import annotations

import shlex
from collections.abc import Sequence


class LabError(Exception):
    """Something that the person at the keyboard can read and act on."""


class CommandFailed(LabError):
    """A program ended with another exit status than 0."""

    def __init__(self, argv: Sequence[str], status: int, output: str) -> None:
        self.argv, self.status, self.output = list(argv), status, output
        super().__init__(f"{shlex.join(self.argv)}: exit status {status}\n{output.strip()}".rstrip())


class NotInTime(LabError):
    """A deadline passed."""
