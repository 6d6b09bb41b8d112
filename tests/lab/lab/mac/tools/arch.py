"""arch: the machine's architecture, or a program run in it."""

from __future__ import annotations

import os
import sys

from lab.mac import unknown


def main(arguments: list[str]) -> int:
    if not arguments:
        print("arm64")
        return 0
    if arguments[0] not in ("-arm64", "-arm64e") or len(arguments) < 2:
        if arguments[0] == "-x86_64":
            print("arch: posix_spawnp: Bad CPU type in executable", file=sys.stderr)
            return 1
        unknown.refuse("arch", " ".join(arguments))
    try:
        os.execvp(arguments[1], arguments[1:])
    except OSError as error:
        print(f"arch: posix_spawnp: {arguments[1]}: {error.strerror}", file=sys.stderr)
        return 1
