"""caffeinate: holds an assertion for as long as it, its utility or another process lives."""

from __future__ import annotations

import getopt
import json
import os
import select
import signal
import sys
import time
from pathlib import Path

ASSERTIONS = Path("/var/run/power-assertions")
_USAGE = "usage: caffeinate [-disu] [-t timeout] [-w Process ID] [command arguments...]"
_KINDS = {
    "d": "PreventUserIdleDisplaySleep",
    "i": "PreventUserIdleSystemSleep",
    "m": "PreventDiskIdle",
    "s": "PreventSystemSleep",
    "u": "UserIsActive",
}


def main(arguments: list[str]) -> int:
    try:
        found, utility = getopt.getopt(arguments, "mdhisut:w:")
    except getopt.GetoptError:
        print(_USAGE, file=sys.stderr)
        return 1
    flags = {name[1:]: value for name, value in found}
    if "h" in flags:
        print(_USAGE, file=sys.stderr)
        return 0
    kinds = [_KINDS[flag] for flag in flags if flag in _KINDS] or [_KINDS["i"]]
    seconds = float(flags["t"]) if "t" in flags else None
    watched = int(flags["w"]) if "w" in flags else None
    if utility:
        parent = os.getpid()
        if os.fork() == 0:
            _hold(kinds, None, parent)
            os._exit(0)
        try:
            os.execvp(utility[0], utility)
        except FileNotFoundError:
            print(f"caffeinate: {utility[0]}: No such file or directory", file=sys.stderr)
            return 127
        except OSError as error:
            print(f"caffeinate: {utility[0]}: {error.strerror}", file=sys.stderr)
            return 126
    _hold(kinds, seconds, watched)
    return 0


def _hold(kinds: list[str], seconds: float | None, watched: int | None) -> None:
    """The assertion is a file named for its holder; whoever reads it checks that the holder still lives."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ASSERTIONS.mkdir(mode=0o1777, exist_ok=True)
    if ASSERTIONS.stat().st_uid == os.geteuid():
        ASSERTIONS.chmod(0o1777)  # past the umask: anybody may keep a Mac awake
    path = ASSERTIONS / str(os.getpid())
    path.write_text(json.dumps({"name": "caffeinate", "kinds": kinds, "since": time.time()}), encoding="utf-8")
    try:
        _wait(seconds, watched)
    finally:
        path.unlink(missing_ok=True)


def _wait(seconds: float | None, watched: int | None) -> None:
    if watched is None:
        if seconds:
            select.select([], [], [], seconds)
        else:
            signal.pause()
        return
    try:
        descriptor = os.pidfd_open(watched)
    except ProcessLookupError:
        return
    select.select([descriptor], [], [], seconds)
