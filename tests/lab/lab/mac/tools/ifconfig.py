"""ifconfig, to look at."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

from lab.mac import unknown
from lab.mac.tools.interfaces import Interface, every

_HEADS = {
    "loopback": ("8049", "UP,LOOPBACK,RUNNING,MULTICAST"),
    "ethernet": ("8863", "UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST"),
    "tunnel": ("8051", "UP,POINTOPOINT,RUNNING,MULTICAST"),
}
_OPTIONS = {
    "loopback": "options=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>",
    "ethernet": "options=6460<TSO4,TSO6,CHANNEL_IO,PARTIAL_CSUM,ZEROINVERT_CSUM>",
}


def main(arguments: list[str]) -> int:
    interfaces = every()
    if arguments in ([], ["-a"], ["-u"], ["-au"]):
        for interface in interfaces:
            if interface.up or arguments == ["-a"]:
                print("\n".join(describe(interface)))
        return 0
    if arguments in (["-l"], ["-lu"]):
        print(" ".join(interface.name for interface in interfaces))
        return 0
    if (len(arguments) == 1 and not arguments[0].startswith("-")) or (
        len(arguments) == 2 and arguments[1] in ("inet", "inet6")
    ):
        chosen = [interface for interface in interfaces if interface.name == arguments[0]]
        if not chosen:
            print(f"ifconfig: interface {arguments[0]} does not exist", file=sys.stderr)
            return 1
        lines = describe(chosen[0])
        if len(arguments) == 2:
            lines = [lines[0], *(line for line in lines[1:] if line.startswith(f"\t{arguments[1]} "))]
        print("\n".join(lines))
        return 0
    return unknown.refuse("ifconfig", " ".join(arguments))


def describe(interface: Interface) -> list[str]:
    number, words = _HEADS[interface.kind]
    if not interface.up:
        number, words = f"{int(number, 16) & ~0x41:x}", words.replace("UP,", "", 1).replace("RUNNING,", "")
    mtu = 16384 if interface.kind == "loopback" else interface.mtu
    lines = [f"{interface.name}: flags={number}<{words}> mtu {mtu}"]
    if option := _OPTIONS.get(interface.kind):
        lines.append(f"\t{option}")
    if interface.kind == "ethernet":
        lines.append(f"\tether {interface.address}")
    lines += [_address(interface, entry) for entry in _ordered(interface)]
    if interface.kind == "loopback":
        lines.append("\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x1 ")
    lines.append("\tnd6 options=201<PERFORMNUD,DAD>")
    if interface.kind == "ethernet":
        lines += ["\tmedia: autoselect", f"\tstatus: {'active' if interface.up else 'inactive'}"]
    return lines


def _ordered(interface: Interface) -> list[dict[str, Any]]:
    """Ethernet shows its link-local address first, as the capture does; the others begin with IPv4."""
    entries = list(interface.addresses)
    if interface.kind == "ethernet":
        return sorted(entries, key=lambda e: (not e["local"].startswith("fe80"), e["family"] != "inet6"))
    return sorted(entries, key=lambda e: e["family"] != "inet")


def _address(interface: Interface, entry: dict[str, Any]) -> str:
    local, length = entry["local"], entry["prefixlen"]
    if entry["family"] == "inet6":
        if entry.get("scope") == "link":
            secured = "secured " if interface.kind == "ethernet" else ""
            return f"\tinet6 {local}%{interface.name} prefixlen {length} {secured}scopeid 0x{interface.index:x} "
        return f"\tinet6 {local} prefixlen {length} "
    network = ipaddress.ip_interface(f"{local}/{length}").network
    mask = f"0x{int(network.netmask):08x}"
    if interface.kind == "tunnel":
        return f"\tinet {local} --> {local} netmask {mask}"
    if interface.kind == "loopback":
        return f"\tinet {local} netmask {mask}"
    return f"\tinet {local} netmask {mask} broadcast {network.broadcast_address}"
