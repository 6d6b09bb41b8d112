"""Finds and removes everything of the lab by what the kernel knows of it, not by what the lab remembers."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path

from lab.hosts import kernel
from lab.hosts.boot import MOUNT_NAME
from lab.network import namespaces
from lab.settings import MARKER, STATE
from lab.waiting import wait_for

_DEATH_SECONDS = 15.0


def processes() -> list[int]:
    """Those that were started with the lab's mark, are in one of its networks, or have one of its roots.

    Not this process, nor those that it descends from: `lab down` may be typed anywhere.
    """
    networks = {number for name in namespaces.names() if (number := namespaces.inode(name)) is not None}
    mark = f"{MARKER}={STATE}".encode()
    spared = _lineage(os.getpid())
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in spared:
            continue
        # A process may end while it is looked at.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if _is_ours(entry, networks, mark):
                found.append(int(entry.name))
    return sorted(found)


def _is_ours(entry: Path, networks: set[int], mark: bytes) -> bool:
    if _state(entry) in ("Z", "X"):
        return False
    if (entry / "ns" / "net").stat().st_ino in networks:
        return True
    if mark in (entry / "environ").read_bytes().split(b"\0"):
        return True
    return has_mount_of_a_host((entry / "mountinfo").read_text(encoding="utf-8", errors="replace"))


def has_mount_of_a_host(mountinfo: str) -> bool:
    """Whether a mount is one that only a host's boot makes, in the host's own mount namespace."""
    for line in mountinfo.splitlines():
        _, separator, rest = line.partition(" - ")
        if separator and rest.split(" ")[1:2] == [MOUNT_NAME] and rest.split(" ")[0] in ("overlay", "tmpfs"):
            return True
    return False


def _state(entry: Path) -> str:
    return (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]


def _lineage(pid: int) -> set[int]:
    found = set()
    while pid > 0 and pid not in found:
        found.add(pid)
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        pid = int(stat.rpartition(")")[2].split()[1])
    return found


def mounts() -> list[Path]:
    """The lab's mounts in the machine's own view, the innermost first."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        place = Path(line.split(" ")[4].replace("\\040", " "))
        if place == STATE or STATE in place.parents:
            found.append(place)
    return sorted(found, key=lambda path: len(path.parts), reverse=True)


def remove() -> None:
    """Leaves no process, no namespace (with it no link, address or route), no mount and no file."""
    end_processes()
    for name in namespaces.names():
        namespaces.delete(name)
    for place in mounts():
        kernel.unmount(place)
    if STATE.is_dir():
        shutil.rmtree(STATE)
    _give_back_the_namespaces_folder()


def end_processes() -> None:
    """Ends them again and again, for one that starts others may do so until it is gone itself."""

    def none_left() -> bool:
        left = processes()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left

    wait_for("the end of the lab's processes", none_left, _DEATH_SECONDS, lambda: f"still there: {processes()}")


def _give_back_the_namespaces_folder() -> None:
    """`ip netns add` mounts a folder on itself for the first namespace and leaves it so after the last."""
    folder = namespaces.FOLDER
    if folder.is_dir() and not any(folder.iterdir()):
        while str(folder) in _mount_points():
            kernel.unmount(folder)
        folder.rmdir()


def _mount_points() -> set[str]:
    return {line.split(" ")[4] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()}
