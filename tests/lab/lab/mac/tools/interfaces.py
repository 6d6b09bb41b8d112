"""The host's real network interfaces by the names and in the numbers of a Mac."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from typing import Any

_NAMES = {"lo": "lo0", "eth0": "en0", "eth1": "en1"}
_IP = ("/.lab/linux/sbin/ip", "/.lab/linux/bin/ip")


@dataclasses.dataclass(frozen=True)
class Interface:
    name: str
    index: int
    mtu: int
    flags: frozenset[str]
    address: str
    addresses: tuple[dict[str, Any], ...]

    @property
    def kind(self) -> str:
        return "loopback" if self.name == "lo0" else "tunnel" if self.name.startswith("utun") else "ethernet"

    @property
    def up(self) -> bool:
        return "UP" in self.flags


def ip(*arguments: str) -> Any:
    """What iproute2 says, as data. Raises CalledProcessError with its complaint."""
    program = next(path for path in _IP if os.path.exists(path))
    done = subprocess.run([program, "-j", *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout or "[]")


def mac_name(linux: str) -> str:
    return _NAMES.get(linux, linux)


def every() -> list[Interface]:
    found = [
        Interface(
            mac_name(link["ifname"]),
            link["ifindex"],
            link["mtu"],
            frozenset(link["flags"]),
            link.get("address", ""),
            tuple(link["addr_info"]),
        )
        for link in ip("addr", "show")
        if link.get("link_type") in ("loopback", "ether", "none")
        and (link["ifname"] in _NAMES or "tun" in link["ifname"])
    ]
    order = {"loopback": 0, "ethernet": 1, "tunnel": 2}
    return sorted(found, key=lambda interface: (order[interface.kind], interface.name))
