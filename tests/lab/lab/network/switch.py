"""The switch and its cables."""

from __future__ import annotations

import json
from typing import Any

from lab import addresses
from lab.command import run
from lab.network import namespaces
from lab.settings import SWITCH

BRIDGE = "lan"
INTERFACE = "eth0"


def port(host: str) -> str:
    """The switch's end of a host's cable."""
    return f"p-{host}"


def _link(name: str) -> dict[str, Any]:
    """A link of the switch; nothing where there is none."""
    said = run(["ip", "-json", "-netns", SWITCH, "link", "show", "dev", name], check=False)
    return dict(json.loads(said.stdout)[0]) if said.returncode == 0 else {}


def ensure_switch() -> None:
    if SWITCH in namespaces.names():
        if "UP" in _link(BRIDGE).get("flags", []):
            return
        # left by a command that was killed
        namespaces.delete(SWITCH)
    namespaces.add(SWITCH)
    namespaces.batch(
        SWITCH,
        [
            "link set lo up",
            # No spanning tree to wait for, and no address: the switch is nobody.
            f"link add {BRIDGE} type bridge stp_state 0 forward_delay 0",
            f"link set {BRIDGE} addrgenmode none",
            f"link set {BRIDGE} up",
        ],
    )


def ensure_cable(host: str) -> None:
    """A namespace for the host, with one interface that ends at the switch."""
    name = namespaces.of(host)
    link = _link(port(host))
    if name in namespaces.names():
        if link.get("master") == BRIDGE:
            return
        # left by a command that was killed
        namespaces.delete(name)
    if link:
        namespaces.batch(SWITCH, [f"link delete {port(host)}"])
    namespaces.add(name)
    namespaces.batch(
        SWITCH,
        [
            f"link add {port(host)} type veth peer name {INTERFACE} netns {name}",
            f"link set {port(host)} addrgenmode none",
            f"link set {port(host)} up",
            # last, for by this a whole cable is known
            f"link set {port(host)} master {BRIDGE}",
        ],
    )


def configuration(host: str) -> dict[str, list[str]]:
    """Lines for `ip -4` and `ip -6` that a host runs at its start: after a reboot routes and rules are new."""
    own = [addresses.address_of(host)]
    if host == addresses.CONTROL:
        own.append(addresses.CDN)
    lines4 = [
        "link set lo up",
        "rule flush",
        "rule add from all lookup main pref 32766",
        "rule add from all lookup default pref 32767",
        f"addr flush dev {INTERFACE}",
        f"link set {INTERFACE} up",
    ]
    lines6 = [
        "rule flush",
        "rule add from all lookup main pref 32766",
        f"addr flush dev {INTERFACE} scope global",
    ]
    for address in own:
        lines4.append(f"addr add {address.v4}/{addresses.PREFIX4} dev {INTERFACE}")
        # nodad: nobody waits for the proof that nobody else has this address
        lines6.append(f"addr add {address.v6}/{addresses.PREFIX6} dev {INTERFACE} nodad")
    if host != addresses.CONTROL:
        # It leads nowhere: control forwards nothing. But without one tailscaled takes the network for down.
        lines4.append(f"route replace default via {addresses.GATEWAY.v4}")
        lines6.append(f"route replace default via {addresses.GATEWAY.v6} dev {INTERFACE}")
    return {"-4": lines4, "-6": lines6}
