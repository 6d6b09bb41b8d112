"""The Mac's processes, from /proc."""

from __future__ import annotations

import dataclasses
import os
import pwd
import time
from collections.abc import Iterator

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
_TOOL = ("/.lab/python/bin/python3", "-IS")  # what stands between a simulated tool and its own name
_STATES = {"R": "R", "S": "S", "D": "U", "T": "T", "t": "T", "Z": "Z", "I": "I"}


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    ppid: int
    pgid: int
    session: int
    state: str
    uid: int
    gid: int
    nice: int
    tty: int
    started: float
    cpu_seconds: float
    virtual: int
    resident: int
    name: str
    argv: tuple[str, ...]

    @property
    def user(self) -> str:
        return user_name(self.uid)

    @property
    def command(self) -> str:
        """The program as macOS shows it: by its whole path, and launchd by the name that it has there."""
        if self.pid == 1:
            return "/sbin/launchd"
        return self.argv[0] if self.argv and self.argv[0] else f"({self.name})"

    @property
    def command_line(self) -> str:
        return "/sbin/launchd" if self.pid == 1 else " ".join(self.argv) or f"({self.name})"


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def boot_time() -> float:
    """When the Mac was switched on: its pid 1 is younger than the machine's own."""
    return _machine_boot() + int(_stat_fields(1)[19]) / TICKS


def _machine_boot() -> float:
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


def _stat_fields(pid: int) -> list[str]:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def read(pid: int) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            raw = file.read()
        owner = os.stat(f"/proc/{pid}")
    except (FileNotFoundError, ProcessLookupError):
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text.rpartition(")")[2].split()
    argv = tuple(raw.rstrip(b"\0").decode(errors="replace").split("\0")) if raw else ()
    if argv[:2] == _TOOL:
        argv = argv[2:]
    return Process(
        pid=pid,
        ppid=int(fields[1]),
        pgid=int(fields[2]),
        session=int(fields[3]),
        state=_STATES.get(fields[0], "S"),
        uid=owner.st_uid,
        gid=owner.st_gid,
        nice=int(fields[16]),
        tty=int(fields[4]),
        started=_machine_boot() + int(fields[19]) / TICKS,
        cpu_seconds=(int(fields[11]) + int(fields[12])) / TICKS,
        virtual=int(fields[20]),
        resident=int(fields[21]) * PAGE,
        name=name,
        argv=argv,
    )


def every() -> Iterator[Process]:
    for entry in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        if (process := read(entry)) is not None:
            yield process
