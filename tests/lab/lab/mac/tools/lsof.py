"""lsof: the machine's own, kept to the questions about sockets whose answers look alike on both systems."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from lab.mac import unknown

_REAL = "/.lab/linux/bin/lsof"
_ASKED = re.compile(r"^(-[nPalt]+|-i.*|-s(TCP|UDP):\w+|-F\w*|-p\d+(,\d+)*|-u.+|-c.+|-\+?\|-w)$")
_COMBINED = re.compile(r"^-[nPalt]*i(TCP|UDP|[46])?[:@\w.]*$")


def main(arguments: list[str]) -> int:
    about_sockets = any(argument.startswith("-") and "i" in argument for argument in arguments)
    if not about_sockets and not (len(arguments) == 2 and arguments[0] == "-p"):
        unknown.refuse("lsof", " ".join(arguments) or "every open file")
    for index, argument in enumerate(arguments):
        follows = index > 0 and arguments[index - 1] in ("-p", "-u", "-c", "-i", "-s", "-F", "-a")
        if not (_ASKED.match(argument) or _COMBINED.match(argument) or follows or argument in ("-p", "-u", "-c", "-s")):
            unknown.refuse("lsof", " ".join(arguments))
    done = subprocess.run(
        [_REAL, "-w", *arguments], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    sys.stdout.write(_as_on_a_mac(done.stdout))
    sys.stderr.write(done.stderr)
    return done.returncode


def _as_on_a_mac(text: str) -> str:
    """The device column is a kernel address there; nobody can read it, but it is never a number of five digits."""
    lines = []
    for line in text.splitlines(keepends=True):
        lines.append(re.sub(r"(IPv[46]) +(\d+) ", lambda m: f"{m[1]} 0x{int(m[2]):016x} ", line))
    return "".join(lines)
