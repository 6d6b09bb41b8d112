"""Starts one of the simulated Mac's tools."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import NoReturn

_MODULES = {"halt": "shutdown", "reboot": "shutdown"}


_LAUNCHER = """#!/.lab/python/bin/python3 -IS
import sys
sys.path.insert(0, '/.lab/sim')
from lab.mac.tool import run
run({name!r})
"""


def launcher(name: str) -> str:
    """The text of a tool's executable on a Mac: one process from the start, so that signals and names are right."""
    return _LAUNCHER.format(name=name)


def run(name: str) -> NoReturn:
    """Runs ``lab.mac.tools.<name>.main(arguments)``; a reader that goes away ends the tool as it ends any program."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    module = importlib.import_module(f"lab.mac.tools.{_MODULES.get(name, name).replace('-', '_')}")
    status = module.main(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status or 0)
