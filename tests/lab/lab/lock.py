"""One command at a time changes the lab."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import NotInTime
from lab.settings import LOCK

_PATIENCE_SECONDS = 1200.0


@contextmanager
def exclusive(
    told: Callable[[str], None], path: Path = LOCK, patience: float = _PATIENCE_SECONDS
) -> Iterator[Callable[[], None]]:
    """Waits for the command that holds the lab now, and says so by ``told``. Gives a function that removes the lock.

    The kernel lets go of it when its holder dies, however that is.
    """
    descriptor = _acquire(path, told, patience)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {' '.join(sys.argv[1:])}".encode(), 0)
        yield lambda: path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _acquire(path: Path, told: Callable[[str], None], patience: float) -> int:
    deadline, said = time.monotonic() + patience, False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode()
            os.close(descriptor)
            if time.monotonic() > deadline:
                raise NotInTime(f"another lab command holds the lab: {holder}") from None
            if not said:
                told(f"waiting for another lab command: {holder}")
                said = True
            time.sleep(0.1)
            continue
        if _still_there(path, descriptor):
            return descriptor
        # Its last holder took the lab down and the lock with it.
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
