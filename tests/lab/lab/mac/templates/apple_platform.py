"""Makes the interpreter under /usr/bin/python3 answer as Apple's does: Darwin on arm64.

Loaded by a .pth file, so before any program; it imports nothing that is not loaded anyway, for each task of Ansible
waits for it. ``os.uname`` is what ``platform`` and ``socket`` ask. The two values are filled in for each Mac.
"""

import os
import posix
import sys

RELEASE = "@release@"
VERSION = "@version@"

_linux_uname = posix.uname


def _uname() -> os.uname_result:
    return posix.uname_result(("Darwin", _linux_uname().nodename, RELEASE, VERSION, "arm64"))


posix.uname = os.uname = _uname
sys.platform = "darwin"
