"""Makes the interpreter under /usr/bin/python3 answer as Apple's does: Darwin on arm64.

Loaded by a .pth file, so before any program. ``os.uname`` is all that ``platform`` and ``socket`` ask.
"""

import json
import os
import platform
import posix
import sys

with open("/var/db/.simulated_mac.json", encoding="utf-8") as _file:
    _mac = json.load(_file)
_linux_uname = posix.uname


def _uname() -> os.uname_result:
    return posix.uname_result(("Darwin", _linux_uname().nodename, _mac["darwin"], _mac["kernel_version"], "arm64"))


posix.uname = os.uname = _uname
platform.processor = lambda: "arm"
platform.libc_ver = lambda *_args, **_kwargs: ("", "")
sys.platform = "darwin"
