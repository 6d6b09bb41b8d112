"""The one way in which a simulated tool says that it was asked something it does not know."""

from __future__ import annotations

import sys
from typing import NoReturn

STATUS = 99


def refuse(tool: str, question: str) -> NoReturn:
    """Ends the tool with a status that no tool of a Mac uses, so that nobody takes it for an answer."""
    sys.stdout.flush()
    print(f"{tool}: the simulated Mac does not know: {question}", file=sys.stderr)
    sys.exit(STATUS)
