"""The few system calls that Python does not wrap."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

from lab.errors import LabError

READ_ONLY, REMOUNT, BIND, MOVE, RECURSIVE, PRIVATE = 1, 32, 4096, 8192, 16384, 1 << 18
NO_SUID, NO_DEV, NO_EXEC = 2, 4, 8
_DETACH = 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise LabError(f"{what}: {os.strerror(number)}")


def mount(source: str | Path, target: str | Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _checked(result, f"mount {source} on {target}")


def bind(source: Path, target: Path, *, writable: bool = False, recursive: bool = False) -> None:
    mount(source, target, flags=BIND | (RECURSIVE if recursive else 0))
    if not writable:
        mount("none", target, flags=BIND | REMOUNT | READ_ONLY)


def unmount(target: str | Path) -> None:
    """At once for everybody who looks for it, for good when the last one who holds it lets go."""
    _checked(_libc.umount2(os.fsencode(target), _DETACH), f"unmount {target}")


def enter_root(root: Path) -> None:
    """Makes ``root``, a mount, the root of this mount namespace, and lets go of the old one."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise LabError(f"pivot_root on {platform.machine()}: its number is not known to the lab")
    os.chdir(root)
    # Both in one place: the old root ends up over the new one, where it can be detached without a folder of its own.
    _checked(_libc.syscall(number, b".", b"."), f"pivot_root to {root}")
    unmount(".")
    os.chdir("/")
