"""Starts one of the simulated Mac's tools."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import NoReturn

_MODULES = {"halt": "shutdown", "reboot": "shutdown"}

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
