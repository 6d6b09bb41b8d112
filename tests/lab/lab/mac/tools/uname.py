"""uname."""

from __future__ import annotations

import os

from lab.mac import options, spec

_ORDER = "snrvm"


def main(arguments: list[str]) -> int:
    flags, _ = options.parse("uname", arguments, "amnoprsv", "usage: uname [-amnoprsv]")
    mac = spec.load()
    values = {
        "s": "Darwin",
        "n": os.uname().nodename,
        "r": mac.darwin,
        "v": mac.kernel_version(),
        "m": "arm64",
        "p": "arm",
        "o": "Darwin",
    }
    wanted = _ORDER if "a" in flags else "".join(letter for letter in "snrvmpo" if letter in flags) or "s"
    print(" ".join(values[letter] for letter in wanted))
    return 0
