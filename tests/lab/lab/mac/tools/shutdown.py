"""shutdown, reboot and halt: launchd ends everything, and the Mac is switched on again or is not."""

from __future__ import annotations

import os
import re
import sys
import time

from lab.mac import client, unknown


def main(arguments: list[str]) -> int:
    name = os.path.basename(sys.argv[0])
    if os.geteuid() != 0:
        print(f"{name}: {'NOT super-user' if name == 'shutdown' else 'Operation not permitted'}", file=sys.stderr)
        return 1
    if name in ("reboot", "halt"):
        if set(arguments) - {"-l", "-n", "-q"}:
            unknown.refuse(name, " ".join(arguments))
        return _end(name == "reboot", 0)
    if len(arguments) < 2 or arguments[0] not in ("-r", "-h"):
        if arguments[:1] in (["-s"], ["-k"], ["-o"], ["-u"], ["-n"]):
            unknown.refuse("shutdown", " ".join(arguments))
        print("usage: shutdown [-] [-h [-u] [-n] | -r [-n] | -s | -k] time [warning-message ...]", file=sys.stderr)
        return 1
    delay = re.fullmatch(r"now|\+(\d+)([smh]?)", arguments[1])
    if not delay:
        unknown.refuse("shutdown", f"at {arguments[1]}")
    seconds = int(delay[1] or 0) * {"s": 1, "m": 60, "h": 3600, "": 60}[delay[2] or ""]
    at = time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(time.time() + seconds))
    print(f"Shutdown at {at}." if seconds else "Shutdown NOW!")
    if not seconds:
        print("\n*** FINAL System shutdown message from root ***\nSystem going down IMMEDIATELY\n")
    return _end(arguments[0] == "-r", seconds)


def _end(restart: bool, seconds: int) -> int:
    answer = client.request(client.SOCKET, {"op": "shutdown", "restart": restart, "after": seconds})
    return 1 if answer["error"] else 0
