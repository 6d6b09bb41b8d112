"""xcode-select -p."""

from __future__ import annotations

import os
import sys

from lab.mac import unknown

_TOOLS = "/Library/Developer/CommandLineTools"


def main(arguments: list[str]) -> int:
    if arguments not in (["-p"], ["--print-path"], ["-print-path"]):
        unknown.refuse("xcode-select", " ".join(arguments))
    if not os.path.isdir(_TOOLS):
        print(
            "xcode-select: error: Unable to get active developer directory. Use `sudo xcode-select --switch "
            "path/to/Xcode.app` to set one (or see `man xcode-select`)",
            file=sys.stderr,
        )
        return 2
    print(_TOOLS)
    return 0
