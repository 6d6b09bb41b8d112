"""route get."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from lab.mac import unknown
from lab.mac.tools.interfaces import ip, mac_name


def main(arguments: list[str]) -> int:
    words = [argument for argument in arguments if argument not in ("-n", "-q", "-v", "-inet")]
    family = ["-6"] if "-inet6" in words else ["-4"]
    words = [word for word in words if word != "-inet6"]
    if len(words) != 2 or words[0] != "get":
        unknown.refuse("route", " ".join(arguments))
    wanted = words[1]
    if ":" in wanted:
        family = ["-6"]
    try:
        routes = ip(*family, "route", "show" if wanted == "default" else "get", wanted)
    except subprocess.CalledProcessError:
        routes = []
    if not routes:
        print("route: writing to routing socket: not in table", file=sys.stderr)
        return 1
    _show(wanted, routes[0])
    return 0


def _show(wanted: str, route: dict[str, Any]) -> None:
    default = wanted == "default"
    gateway = route.get("gateway")
    print(f"   route to: {wanted}")
    print(f"destination: {'default' if default or gateway else wanted}")
    if default or gateway:
        print("       mask: default")
    if gateway:
        print(f"    gateway: {gateway}")
    print(f"  interface: {mac_name(route['dev'])}")
    flags = "UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL" if gateway else "UP,HOST,DONE,LLINFO,WASCLONED,IFSCOPE,IFREF"
    print(f"      flags: <{flags}>")
    print(" recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire")
    print("       0         0         0         0         0         0      1500         0 ")
