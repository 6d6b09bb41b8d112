"""netstat: the routing table."""

from __future__ import annotations

from lab.mac import unknown
from lab.mac.tools.interfaces import ip, mac_name

_FAMILIES = {"inet": ("Internet", "-4"), "inet6": ("Internet6", "-6")}


def main(arguments: list[str]) -> int:
    words = set(arguments) - {"-f", "inet", "inet6"}
    if words not in ({"-rn"}, {"-nr"}, {"-r", "-n"}):
        unknown.refuse("netstat", " ".join(arguments))
    print("Routing tables")
    for family, (title, flag) in _FAMILIES.items():
        if "-f" in arguments and family not in arguments:
            continue
        print(f"\n{title}:\nDestination        Gateway            Flags               Netif Expire")
        for route in ip(flag, "route", "show"):
            gateway = route.get("gateway") or f"link#{mac_name(route['dev'])}"
            flags = "UGScg" if "gateway" in route else "UCS"
            print(f"{route['dst']:<18} {gateway:<18} {flags:<13} {mac_name(route['dev']):>11}")
    return 0
