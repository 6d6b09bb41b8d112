"""One for each host, alive for as long as the lab is: starts it, sees it end, starts it again.

The lab's commands talk to it over a unix socket, a word and an answer of one line each: `on`, `off`, `reboot`, `state`.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from lab.command import run
from lab.hosts import plan
from lab.network import namespaces, switch
from lab.settings import SOURCE, SYSTEM_PATH, marked

# How pid 1 says that it was asked to power off; every other end is followed by a new start, as a panic is on a Mac.
POWERED_OFF = 0
_SHUTDOWN_SECONDS = 15.0
_SHORTEST_LIFE_SECONDS = 2.0
_MOST_FAILED_BOOTS = 3


class Supervisor:
    def __init__(self, name: str) -> None:
        self._name = name
        self._folder = plan.folder(name)
        self._host: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._boots = 0
        self._failed_boots = 0

    def serve(self) -> None:
        wake, waker = socket.socketpair()
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        path = self._folder / "supervisor.sock"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen()
            selector.register(listener, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            self._start()
            while True:
                for key, _ in selector.select():
                    if key.fileobj is wake:
                        wake.recv(4096)
                        self._look_after()
                    else:
                        self._answer(listener.accept()[0])

    def _answer(self, connection: socket.socket) -> None:
        # Who asked may be gone before the answer; that is no reason to leave the host alone.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            word = connection.recv(64).decode("ascii", "replace").strip()
            connection.sendall(self._obey(word).encode() + b"\n")

    def _obey(self, word: str) -> str:
        if word == "state":
            return f"{'on' if self._host else 'off'} {self._boots}"
        if word in ("off", "reboot"):
            self._stop()
        if word in ("on", "reboot") and not self._host:
            self._failed_boots = 0
            self._start()
        return "done" if word in ("on", "off", "reboot") else f"unknown word {word!r}"

    def _start(self) -> None:
        (self._folder / "pid1").unlink(missing_ok=True)
        self._started = time.monotonic()
        self._boots += 1
        with (self._folder / "console.log").open("ab") as console:
            self._host = subprocess.Popen(
                # A host never outlives its supervisor, nor any process of it its pid 1.
                ["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", namespaces.of(self._name),
                 "unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child",
                 sys.executable, "-m", "lab.hosts.boot", self._name],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )  # fmt: skip

    def _look_after(self) -> None:
        if not self._host or self._host.poll() is None:
            return
        status, lived = self._host.returncode, time.monotonic() - self._started
        self._ended()
        self._failed_boots = self._failed_boots + 1 if lived < _SHORTEST_LIFE_SECONDS and status != POWERED_OFF else 0
        self._note(f"pid 1 ended with status {status} after {lived:.1f} s")
        if status == POWERED_OFF:
            return
        if self._failed_boots >= _MOST_FAILED_BOOTS:
            self._note(f"{self._failed_boots} boots failed in a row: off until `lab power on {self._name}`")
            return
        self._start()

    def _stop(self) -> None:
        """Asks pid 1 to end, then makes it. Its last process is gone when this returns."""
        if not self._host:
            return
        pid1 = self._folder / "pid1"
        if pid1.exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid1.read_text(encoding="ascii")), signal.SIGTERM)
        try:
            self._host.wait(_SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            self._note(f"pid 1 did not end within {_SHUTDOWN_SECONDS:g} s of SIGTERM: killed")
            if pid1.exists():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid1.read_text(encoding="ascii")), signal.SIGKILL)
            else:
                self._host.kill()
            self._host.wait()
        self._ended()

    def _ended(self) -> None:
        """Its network namespace stays, with the cable in it; but nobody answers a ping on a host that is off."""
        self._host = None
        run(["ip", "-netns", namespaces.of(self._name), "link", "set", switch.INTERFACE, "down"])

    def _note(self, text: str) -> None:
        with (self._folder / "console.log").open("a", encoding="utf-8") as console:
            console.write(f"supervisor: {text}\n")


def ask(name: str, word: str, seconds: float = 30.0) -> str:
    """The answer of a host's supervisor. Raises OSError when there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(str(_socket(name)))
        connection.sendall(word.encode())
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(256).decode().strip()


def _socket(name: str) -> Path:
    return plan.folder(name) / "supervisor.sock"


def launch(name: str) -> None:
    """Starts the supervisor of a host that has none, in a session of its own."""
    folder = plan.folder(name)
    (folder / "supervisor.sock").unlink(missing_ok=True)
    with (folder / "console.log").open("ab") as console:
        subprocess.Popen(
            [sys.executable, "-m", "lab.hosts.supervisor", name],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
            cwd="/",
            # Not the caller's: what a person has exported must not decide what the lab's daemons do.
            env=marked({"PATH": SYSTEM_PATH, "HOME": "/root", "LANG": "C.UTF-8", "PYTHONPATH": str(SOURCE)}),
        )


if __name__ == "__main__":
    Supervisor(sys.argv[1]).serve()
