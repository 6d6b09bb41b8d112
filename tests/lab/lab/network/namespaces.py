"""Network namespaces by name."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lab import addresses
from lab.command import run
from lab.settings import NAMESPACE_PREFIX, SWITCH

FOLDER = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

T = TypeVar("T")


def of(host: str) -> str:
    return NAMESPACE_PREFIX + host


def names() -> list[str]:
    """The lab's own among the machine's: another program's may begin alike."""
    if not FOLDER.is_dir():
        return []
    hosts = (*addresses.LINUX_HOSTS, *addresses.mac_names(addresses.MOST_MACS))
    return sorted({SWITCH, *map(of, hosts)} & {path.name for path in FOLDER.iterdir()})


def inode(name: str) -> int | None:
    """What the kernel calls it: the same number as /proc/PID/ns/net of those who are in it."""
    try:
        return (FOLDER / name).stat().st_ino
    except FileNotFoundError:
        return None


def add(name: str) -> None:
    run(["ip", "netns", "add", name])


def delete(name: str) -> None:
    run(["ip", "netns", "delete", name])


def batch(name: str, lines: list[str]) -> None:
    """Lines for `ip` within the namespace; the first that fails ends it."""
    run(["ip", "-netns", name, "-batch", "-"], text="\n".join(lines) + "\n")


def within(name: str, action: Callable[[], T]) -> T:
    """What ``action`` gives, run in the namespace by a thread of its own: a namespace belongs to a thread."""

    def enter() -> None:
        descriptor = os.open(FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), name)
        finally:
            os.close(descriptor)

    def entered() -> T:
        enter()
        return action()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(entered).result()


def first_bytes(name: str, address: str, port: int, seconds: float = 1.0) -> bytes | None:
    """What a server says by itself when it is connected to from the namespace; None if nothing does."""

    def connect() -> bytes | None:
        try:
            with socket.create_connection((address, port), timeout=seconds) as connection:
                return connection.recv(64) or None
        except OSError:
            return None

    return within(name, connect)


def accepts(name: str, address: str, port: int, seconds: float = 1.0) -> bool:
    """Whether a connection from the namespace is taken."""

    def connect() -> bool:
        try:
            socket.create_connection((address, port), timeout=seconds).close()
        except OSError:
            return False
        return True

    return within(name, connect)
