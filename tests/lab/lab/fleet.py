"""The lab as it is now: its hosts by name, and how they are."""

from __future__ import annotations

import dataclasses

from lab import addresses
from lab.errors import LabError
from lab.hosts.host import Host
from lab.hosts.linux import LinuxHost
from lab.hosts.mac import Mac
from lab.network import cuts
from lab.settings import HOSTS

DEFAULT_MACS = 2


def host(name: str) -> Host:
    addresses.address_of(name)
    return Mac(name) if addresses.is_mac(name) else LinuxHost(name)


def mac(name: str) -> Mac:
    if not addresses.is_mac(name):
        raise LabError(f"{name} is no Mac of the lab: they are named maca, macb, …")
    found = Mac(name)
    if not found.upper.exists():
        raise LabError(f"{name} is not in the lab now: {', '.join(names()) or 'it is down'}")
    return found


def names() -> list[str]:
    order = [*addresses.LINUX_HOSTS, *addresses.mac_names(addresses.MOST_MACS)]
    return [name for name in order if (HOSTS / name / "plan.json").exists()]


@dataclasses.dataclass(frozen=True)
class Status:
    """A line of `lab status`."""

    name: str
    power: str
    lan: str
    user: str
    cut: str


def status() -> list[Status]:
    lines = []
    for name in names():
        each = host(name)
        ready = each.is_ready()
        power = "on" if ready else "starting" if each.pid1() else "off"
        user = each.console_user() if isinstance(each, Mac) and ready else ""
        cut = ", ".join(cuts.networks_cut(name)) if isinstance(each, Mac) else ""
        lines.append(Status(name, power, addresses.address_of(name).v4, user, cut))
    return lines
