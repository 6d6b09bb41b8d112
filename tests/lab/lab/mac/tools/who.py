"""who: nobody but the person at the screen, and when the Mac was started."""

from __future__ import annotations

import time

from lab.mac import client, processes, unknown


def main(arguments: list[str]) -> int:
    if arguments == ["-b"]:
        # Apple's has no seconds; this Mac is up again within the minute, and Ansible's reboot looks for a change.
        print(f"                 system boot  {time.strftime('%b %e %H:%M:%S', time.localtime(processes.boot_time()))}")
        return 0
    if arguments:
        return unknown.refuse("who", " ".join(arguments))
    user = client.request(client.SOCKET, {"op": "console"})["user"]
    if user:
        print(f"{user:<16} console      {time.strftime('%b %e %H:%M', time.localtime(processes.boot_time()))} ")
    return 0
