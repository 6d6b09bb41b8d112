"""pid 1 of a Linux host: keeps its few services running and buries the dead."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from lab.hosts.plan import Service

OWN = Path("/run/lab")
_SHORTEST_LIFE_SECONDS = 1.0


class Init:
    def __init__(self, services: list[Service]) -> None:
        self._services = services
        self._running: dict[int, tuple[Service, float]] = {}
        self._due: list[tuple[float, Service]] = [(0.0, service) for service in services]

    def run(self) -> None:
        signals = {signal.SIGCHLD, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        while True:
            self._start_due()
            self._bury()
            pause = min((when for when, _ in self._due), default=time.monotonic() + 3600) - time.monotonic()
            taken = signal.sigtimedwait(signals, max(0.0, pause))
            if taken and taken.si_signo == signal.SIGTERM:
                # The kernel ends whatever is left of this pid namespace with its pid 1.
                return

    def _start_due(self) -> None:
        now = time.monotonic()
        for when, service in list(self._due):
            if when <= now:
                self._due.remove((when, service))
                self._running[self._start(service)] = (service, now)

    def _start(self, service: Service) -> int:
        with (OWN / f"{service.name}.log").open("ab") as log:
            return subprocess.Popen(
                service.argv,
                env={**os.environ, **service.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_unblock,  # noqa: PLW1509  (this process has one thread)
            ).pid

    def _bury(self) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._running:
                service, started = self._running.pop(pid)
                self._due.append((started + _SHORTEST_LIFE_SECONDS, service))


def _unblock() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


if __name__ == "__main__":
    saved = json.loads((OWN / "plan.json").read_text(encoding="utf-8"))
    Init([Service(**service) for service in saved["services"]]).run()
    sys.exit(0)
