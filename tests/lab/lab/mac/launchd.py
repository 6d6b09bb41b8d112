"""pid 1 of a simulated Mac. Standard library only, run as ``python3 -I -S launchd.py``."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.mac.client import SOCKET
from lab.mac.launch.core import Launchd
from lab.mac.launch.loop import Loop
from lab.mac.launch.server import Server
from lab.mac.tools.scutil import host_name

_PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 15, 36


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=Path("/"))
    parser.add_argument("--socket", default=None)
    arguments = parser.parse_args()

    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PR_SET_NAME, b"launchd", 0, 0, 0)
    if os.getpid() != 1:
        library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.umask(0o022)
    os.chdir("/")
    loop = Loop()
    launchd = Launchd(loop, arguments.root, owner=os.geteuid())
    loop.on_signal(signal.SIGCHLD, launchd.reap)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.on_signal(number, launchd.shut_down)
    if os.getpid() == 1:
        socket.sethostname(host_name(arguments.root))
    launchd.boot()
    Server(launchd, arguments.socket or SOCKET)
    loop.run()
    return launchd.exit_status


if __name__ == "__main__":
    sys.exit(main())
