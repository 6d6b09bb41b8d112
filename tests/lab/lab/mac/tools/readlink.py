"""readlink."""

from __future__ import annotations

import os
import sys

from lab.mac import options


def main(arguments: list[str]) -> int:
    flags, paths = options.parse("readlink", arguments, "fn", "usage: readlink [-fn] [file ...]")
    status = 0
    for path in paths:
        if "f" in flags:
            if not os.path.lexists(path) and not os.path.isdir(os.path.dirname(os.path.abspath(path))):
                status = 1
                continue
            target = os.path.realpath(path)
        elif os.path.islink(path):
            target = os.readlink(path)
        else:
            status = 1
            continue
        sys.stdout.write(target + ("" if "n" in flags else "\n"))
    return status
