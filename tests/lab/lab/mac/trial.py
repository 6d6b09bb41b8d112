"""A launchd over a folder, as an ordinary process, and launchctl to speak to it: for tests, and to try things by hand.

Needs root, as the lab does: jobs change to other users, property lists have owners.
"""

from __future__ import annotations

import contextlib
import io
import os
import plistlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lab.mac import client
from lab.mac.tools import launchctl
from lab.waiting import wait_for

LAUNCHD = Path(__file__).with_name("launchd.py")
DEADLINE = 15.0

T = TypeVar("T")


def until(condition: Callable[[], T | None], what: str) -> T:
    return wait_for(what, condition, DEADLINE)


def alive(pid: int) -> bool:
    """A zombie is not: nobody may have collected it yet."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


class TrialMac:
    """The folder, the daemon in it, and shorthand for what the tests do all the time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.socket = str(root / "launchd.sock")
        self.process: subprocess.Popen[bytes] | None = None

    # -- the daemon

    def boot(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHD), "--root", str(self.root), "--socket", self.socket]
        )
        until(self.answers, "launchd answers")

    def answers(self) -> bool:
        try:
            return bool(client.request(self.socket, {"op": "ping"})["error"] == 0)
        except client.LaunchdUnreachable:
            return False

    def shut_down(self) -> int:
        self.ask(op="shutdown")
        return self.ended()

    def ended(self) -> int:
        """The exit status, once there is one."""
        if self.process is None:
            raise AssertionError("it was never switched on")
        return self.process.wait(DEADLINE)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(DEADLINE)

    def ask(self, **message: Any) -> dict[str, Any]:
        return client.request(self.socket, message)

    # -- launchctl

    def ctl(self, *arguments: str) -> tuple[int, str, str]:
        """Exit status, stdout, stderr."""
        out, err = io.StringIO(), io.StringIO()
        os.environ[launchctl.SOCKET_VARIABLE] = self.socket
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = launchctl.main(list(arguments))
        return status, out.getvalue(), err.getvalue()

    def ok(self, *arguments: str) -> str:
        status, out, err = self.ctl(*arguments)
        if (status, err) != (0, ""):
            raise AssertionError(f"launchctl {' '.join(arguments)}: {status} {err}")
        return out

    def state(self, target: str) -> str | None:
        """The job's state, None when it is not loaded."""
        status, out, _ = self.ctl("print", target)
        if status:
            return None
        return next(line for line in out.splitlines() if line.startswith("\tstate = ")).partition(" = ")[2]

    def field(self, target: str, name: str) -> str | None:
        out = self.ok("print", target)
        found = [line.partition(" = ")[2] for line in out.splitlines() if line.startswith(f"\t{name} = ")]
        return found[0] if found else None

    def pid(self, target: str) -> int | None:
        value = self.field(target, "pid")
        return int(value) if value else None

    # -- jobs

    def plist(self, label: str, folder: str = "Library/LaunchDaemons", mode: int = 0o644, **keys: Any) -> str:
        path = self.root / folder / f"{label}.plist"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(plistlib.dumps({"Label": label, **keys}))
        path.chmod(mode)
        return str(path)

    def sleeper(self, label: str, folder: str = "Library/LaunchDaemons", **keys: Any) -> str:
        """A job that runs until it is told to end."""
        return self.plist(label, folder, ProgramArguments=["/bin/sleep", "1000"], **keys)

    def script(self, label: str, text: str, folder: str = "Library/LaunchDaemons", **keys: Any) -> str:
        return self.plist(label, folder, ProgramArguments=["/bin/sh", "-c", text], **keys)
