"""What the Mac's own tools print, as data. Only what holds across macOS versions is read."""

from __future__ import annotations

import dataclasses
import ipaddress
import re


@dataclasses.dataclass(frozen=True)
class Service:
    """One service as ``launchctl print`` shows it."""

    target: str
    path: str
    state: str
    pid: int | None
    runs: int
    last_exit: int | None
    username: str
    stderr_path: str

    @property
    def running(self) -> bool:
        return self.state == "running" and self.pid is not None


def service(printed: str) -> Service:
    """Reads ``launchctl print DOMAIN/LABEL``.

    Lines of one leading tab before the first coalition belong to the service; the coalitions have a ``state`` too.
    """
    header = re.match(r"(\S+) = \{\n", printed)
    if not header:
        raise ValueError(f"not a service as launchctl prints it: {printed[:200]!r}")
    own = re.split(r"^\t(?:resource|jetsam) coalition = \{$", printed, maxsplit=1, flags=re.MULTILINE)[0]
    values: dict[str, str] = {}
    for key, value in re.findall(r"^\t([^\t=]+?) = (.+)$", own, re.MULTILINE):
        values.setdefault(key, value)
    last_exit = re.match(r"\d+", values.get("last exit code", ""))
    return Service(
        target=header[1],
        path=values.get("path", ""),
        state=values.get("state", ""),
        pid=int(values["pid"]) if "pid" in values else None,
        runs=int(values.get("runs", "0")),
        last_exit=int(last_exit[0]) if last_exit else None,
        username=values.get("username", ""),
        stderr_path=values.get("stderr path", ""),
    )


@dataclasses.dataclass(frozen=True)
class Listener:
    """One listening TCP socket as lsof shows it; ``address`` is ``*`` for every address."""

    command: str
    pid: int
    user: str
    address: str
    port: int

    @property
    def on_loopback(self) -> bool:
        return self.address != "*" and ipaddress.ip_address(self.address).is_loopback


def listeners(printed: str) -> list[Listener]:
    """Reads ``lsof -nP -iTCP -sTCP:LISTEN``."""
    found = []
    for line in printed.splitlines():
        row = re.match(r"(\S+)\s+(\d+)\s+(\S+)\s.*\sTCP (\S+):(\d+) \(LISTEN\)$", line)
        if row:
            found.append(Listener(row[1], int(row[2]), row[3], row[4].strip("[]"), int(row[5])))
        elif not line.startswith("COMMAND "):
            raise ValueError(f"not a line of lsof that is known: {line!r}")
    return found


def power(printed: str) -> dict[str, dict[str, str]]:
    """Reads ``pmset -g custom``: power source -> setting -> value. Names may hold spaces, values do not."""
    sources: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for line in printed.splitlines():
        header = re.match(r"(\S.*):$", line)
        if header:
            current = sources.setdefault(header[1], {})
            continue
        setting = re.match(r" (\S.*?)\s+(\S+)$", line)
        if setting is None or current is None:
            raise ValueError(f"not a line of pmset that is known: {line!r}")
        current[setting[1]] = setting[2]
    return sources
