"""scutil: the Mac's three names and its resolver."""

from __future__ import annotations

import os
import plistlib
import socket
import sys
from pathlib import Path
from typing import Any

from lab.mac import unknown

PREFERENCES = "Library/Preferences/SystemConfiguration/preferences.plist"
_PLACES = {
    "ComputerName": ("System", "System", "ComputerName"),
    "LocalHostName": ("System", "Network", "HostNames", "LocalHostName"),
    "HostName": ("System", "System", "HostName"),
}


def main(arguments: list[str]) -> int:
    if len(arguments) in (2, 3) and arguments[0] in ("--get", "--set") and arguments[1] in _PLACES:
        if arguments[0] == "--get":
            return _get(arguments[1])
        if len(arguments) == 3:
            return _set(arguments[1], arguments[2])
    if arguments == ["--dns"]:
        return _dns()
    return unknown.refuse("scutil", " ".join(arguments) or "its interactive mode")


def name(which: str, root: Path = Path("/")) -> str | None:
    place: Any = plistlib.loads((root / PREFERENCES).read_bytes())
    for key in _PLACES[which]:
        if key not in place:
            return None
        place = place[key]
    return str(place)


def host_name(root: Path = Path("/")) -> str:
    """What the kernel is told at boot."""
    return name("HostName", root) or f"{name('LocalHostName', root) or 'Mac'}.local"


def _get(which: str) -> int:
    value = name(which)
    if value is None:
        print(f"{which}: not set", file=sys.stderr)
        return 1
    print(value)
    return 0


def _set(which: str, value: str) -> int:
    if os.geteuid() != 0:
        print("SCPreferencesCreate() failed: Access denied", file=sys.stderr)
        return 1
    if which == "LocalHostName" and not value.replace("-", "").isalnum():
        print(f"SCPreferencesSetLocalHostName() failed: Invalid argument: {value}", file=sys.stderr)
        return 1
    path = Path("/", PREFERENCES)
    preferences = plistlib.loads(path.read_bytes())
    place = preferences
    for key in _PLACES[which][:-1]:
        place = place.setdefault(key, {})
    place[_PLACES[which][-1]] = value
    path.write_bytes(plistlib.dumps(preferences))
    socket.sethostname(host_name())
    return 0


def _dns() -> int:
    print("DNS configuration\n\nresolver #1")
    servers = []
    with open("/etc/resolv.conf", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words[:1] == ["search"]:
                for index, domain in enumerate(words[1:]):
                    print(f"  search domain[{index}] : {domain}")
            elif words[:1] == ["nameserver"]:
                servers.append(words[1])
    for index, server in enumerate(servers):
        print(f"  nameserver[{index}] : {server}")
    print("  flags    : Request A records, Request AAAA records\n  reach    : 0x00000002 (Reachable)")
    return 0
