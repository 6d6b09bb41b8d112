"""Command lines read as BSD's getopt(3) reads them."""

from __future__ import annotations

import getopt
import sys


def parse(tool: str, arguments: list[str], flags: str, usage: str, status: int = 1) -> tuple[dict[str, str], list[str]]:
    """Flags (the last of each wins) and operands. An unknown flag ends the tool in BSD's words."""
    try:
        found, operands = getopt.getopt(arguments, flags)
    except getopt.GetoptError as error:
        letter = error.opt if len(error.opt) == 1 else "-"
        kind = "option requires an argument" if "argument" in error.msg and len(error.opt) == 1 else "illegal option"
        print(f"{tool}: {kind} -- {letter}", file=sys.stderr)
        print(usage, file=sys.stderr)
        sys.exit(status)
    return {name[1:]: value for name, value in found}, operands
