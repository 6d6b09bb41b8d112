"""hostname."""

from __future__ import annotations

import os
import socket
import sys

from lab.mac import options


def main(arguments: list[str]) -> int:
    flags, operands = options.parse("hostname", arguments, "fsd", "usage: hostname [-f] [-s | -d] [name-of-host]")
    if operands:
        if os.geteuid() != 0:
            print("hostname: sethostname: Operation not permitted", file=sys.stderr)
            return 1
        socket.sethostname(operands[0])
        return 0
    name = socket.gethostname()
    if "s" in flags:
        name = name.partition(".")[0]
    elif "d" in flags:
        name = name.partition(".")[2]
    print(name)
    return 0
